// Coroutines that await each other take no stack for it, whatever the optimizer does: this file is compiled without it.
#include <doctest/doctest.h>

#include <coroutine>

#include "troupe/task.h"

using namespace troupe;

namespace {

// More calls than a stack of 8 MiB holds.
constexpr int kMany = 200'000;

Task<int> one() { co_return 1; }

Task<> sum_of_ones(int& sum) {
  for (int i = 0; i < kMany; ++i) sum += co_await one();
}

// What a call does: it suspends, and somebody resumes it later.
struct Wait {
  std::coroutine_handle<>& waiter;
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> h) const noexcept { waiter = h; }
  void await_resume() const noexcept {}
};

Task<int> depth_below(int levels, std::coroutine_handle<>& waiter) {
  if (levels == 0) {
    co_await Wait{waiter};
    co_return 0;
  }
  const int below = co_await depth_below(levels - 1, waiter);
  co_return below + 1;
}

Task<> depth(int& out, std::coroutine_handle<>& waiter) { out = co_await depth_below(kMany, waiter); }

Task<int> waits_and_gives_one(std::coroutine_handle<>& waiter) {
  co_await Wait{waiter};
  co_return 1;
}

Task<> sum_with_waits(int& sum, std::coroutine_handle<>& waiter) {
  for (int i = 0; i < kMany; ++i) {
    sum += co_await one();
    sum += co_await waits_and_gives_one(waiter);
  }
}

Task<int> throws() {
  throw 7;
  co_return 0;
}

Task<> catches_many(int& caught) {
  for (int i = 0; i < 1000; ++i) {
    try {
      (void)co_await throws();
    } catch (int) {
      ++caught;
    }
  }
}

// Starts it, and lets it go on whenever it waits. How often it did.
int waits_of(Task<>& task, const std::coroutine_handle<>& waiter) {
  int waits = 0;
  for (task.start(); !task.done(); ++waits) detail::ResumeLoop::run(waiter);
  return waits;
}

}  // namespace

TEST_CASE("co_awaits of tasks that never suspend take no stack") {
  int sum = 0;
  auto task = sum_of_ones(sum);

  task.start();

  CHECK(task.done());
  CHECK(sum == kMany);
}

TEST_CASE("a chain of tasks is gone into, and comes back after a wait at its end, without taking stack") {
  int levels = 0;
  std::coroutine_handle<> waiter;
  auto task = depth(levels, waiter);

  CHECK(waits_of(task, waiter) == 1);

  CHECK(levels == kMany);
}

TEST_CASE("tasks that wait and tasks that do not follow each other in one loop") {
  int sum = 0;
  std::coroutine_handle<> waiter;
  auto task = sum_with_waits(sum, waiter);

  CHECK(waits_of(task, waiter) == kMany);

  CHECK(sum == 2 * kMany);
}

TEST_CASE("what an awaited task throws arrives where it is awaited") {
  int caught = 0;
  auto task = catches_many(caught);

  task.start();

  CHECK(caught == 1000);
  CHECK_FALSE(task.error());
}
