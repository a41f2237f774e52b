// Threads that come when all are busy, and go when they have nothing to do.
#include "observe/threads_on_demand.h"

#include <doctest/doctest.h>

#include <atomic>
#include <future>
#include <vector>

namespace troupe::observe {
namespace {

using namespace std::chrono_literals;

// Jobs that wait until they are let go.
struct Held {
  void hold(ThreadsOnDemand& threads, int count) {
    for (int i = 0; i < count; ++i) {
      threads.run([this] {
        ++begun;
        begun.notify_all();
        gate.wait();
        ++done;
      });
    }
  }
  void wait_until_begun(int count) const {
    for (int now = begun; now < count; now = begun) begun.wait(now);
  }
  std::promise<void> open;
  std::shared_future<void> gate = open.get_future().share();
  std::atomic<int> begun{0}, done{0};
};

TEST_CASE("a job finds a thread while all that were there are busy, up to the bound") {
  Held held;
  ThreadsOnDemand threads({.least = 2, .most = 5});
  CHECK(threads.threads() == 2);

  held.hold(threads, 6);
  held.wait_until_begun(5);

  CHECK(threads.threads() == 5);
  CHECK(held.begun == 5);
  held.open.set_value();
  threads.join();
  CHECK(held.done == 6);
}

TEST_CASE("threads that have nothing to do go, down to the least") {
  Held held;
  ThreadsOnDemand threads({.least = 1, .most = 8, .linger = 1ms});
  held.hold(threads, 8);
  held.wait_until_begun(8);
  held.open.set_value();

  while (threads.threads() > 1) std::this_thread::yield();

  std::promise<void> ran;
  threads.run([&] { ran.set_value(); });
  ran.get_future().wait();
}

TEST_CASE("join waits for every job, also for those that had not begun") {
  std::atomic<int> done{0};
  {
    ThreadsOnDemand threads({.least = 1, .most = 2});
    for (int i = 0; i < 100; ++i) threads.run([&] { ++done; });
  }
  CHECK(done == 100);
}

}  // namespace
}  // namespace troupe::observe
