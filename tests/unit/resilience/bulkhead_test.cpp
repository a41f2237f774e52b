// Who gets a place, and when.
#include "resilience/bulkhead.h"

#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <thread>
#include <vector>

using namespace troupe;
using namespace troupe::resilience;
using namespace std::chrono_literals;

namespace {

struct Guest final : Bulkhead::Waiter {
  explicit Guest(std::function<void()> what) : on_go(std::move(what)) {}
  void go() noexcept override { on_go(); }
  std::function<void()> on_go;
};

}  // namespace

TEST_CASE("places go to those that wait in the order in which they came, and newcomers stand behind them") {
  Bulkhead bulkhead({.most_in_flight = 1, .most_waiting = 2, .max_wait = 1s});
  std::string went;
  const auto guest = [&](char name) { return make_counted<Guest>([&went, name] { went += name; }); };
  const auto a = guest('a'), b = guest('b'), c = guest('c');
  REQUIRE(bulkhead.enter());

  CHECK(bulkhead.enter_or_wait(a) == Bulkhead::Entry::waits);
  CHECK(bulkhead.enter_or_wait(b) == Bulkhead::Entry::waits);
  CHECK(bulkhead.enter_or_wait(c) == Bulkhead::Entry::full);
  CHECK(!bulkhead.enter());
  bulkhead.leave();
  CHECK(went == "a");
  CHECK(!bulkhead.enter());
  bulkhead.leave();
  CHECK(went == "ab");
  bulkhead.leave();
  CHECK(bulkhead.enter_or_wait(c) == Bulkhead::Entry::in);
  CHECK(bulkhead.look().in_flight == 1);
  CHECK(bulkhead.look().waited == 2);
}

TEST_CASE("who waits no more gets no place, and who has one cannot be forgotten") {
  Bulkhead bulkhead({.most_in_flight = 1, .most_waiting = 2, .max_wait = 1s});
  std::string went;
  const auto a = make_counted<Guest>([&] { went += 'a'; }), b = make_counted<Guest>([&] { went += 'b'; });
  REQUIRE(bulkhead.enter());
  REQUIRE(bulkhead.enter_or_wait(a) == Bulkhead::Entry::waits);
  REQUIRE(bulkhead.enter_or_wait(b) == Bulkhead::Entry::waits);

  CHECK(bulkhead.forget(*a));
  CHECK(!bulkhead.forget(*a));
  bulkhead.give_back();
  CHECK(went.empty());
  bulkhead.start_waiting();

  CHECK(went == "b");
  CHECK(!bulkhead.forget(*b));
}

TEST_CASE("a long line of calls that end as soon as they begin is no deep recursion") {
  constexpr std::uint32_t kMany = 100'000;
  Bulkhead bulkhead({.most_in_flight = 1, .most_waiting = kMany, .max_wait = 1s});
  std::uint32_t went = 0, depth = 0, deepest = 0;
  REQUIRE(bulkhead.enter());
  for (std::uint32_t i = 0; i < kMany; ++i)
    REQUIRE(bulkhead.enter_or_wait(make_counted<Guest>([&] {
      deepest = std::max(deepest, ++depth);
      ++went;
      bulkhead.leave();
      --depth;
    })) == Bulkhead::Entry::waits);

  bulkhead.leave();

  CHECK(went == kMany);
  CHECK(deepest == 1);
  CHECK(bulkhead.look().in_flight == 0);
}

TEST_CASE("threads that come, wait and leave are never more than the places, and each gets one") {
  constexpr int kThreads = 4, kEach = 2'000;
  Bulkhead bulkhead({.most_in_flight = 2, .most_waiting = kThreads * kEach, .max_wait = 1s});
  std::atomic<int> inside{0}, most{0}, went{0};
  const auto visit = [&] {
    const int now = ++inside;
    int seen = most.load();
    while (now > seen && !most.compare_exchange_weak(seen, now)) {
    }
    ++went;
    --inside;
    bulkhead.leave();
  };
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < kEach; ++i)
        if (bulkhead.enter_or_wait(make_counted<Guest>(visit)) == Bulkhead::Entry::in) visit();
    });
  for (auto& thread : threads) thread.join();

  CHECK(went == kThreads * kEach);
  CHECK(most <= 2);
  CHECK(bulkhead.look().waiting == 0);
}

TEST_CASE("with no room to wait, or no time, a bulkhead has no line") {
  CHECK(!Bulkhead({.most_in_flight = 1, .most_waiting = 1}).has_queue());
  CHECK(!Bulkhead({.most_in_flight = 1, .max_wait = 1s}).has_queue());
  CHECK(!Bulkhead({.most_waiting = 1, .max_wait = 1s}).has_queue());
}
