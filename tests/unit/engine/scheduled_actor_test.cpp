#include <doctest/doctest.h>

#include <atomic>
#include <vector>

#include "unit/engine/engine_fixture.h"

using namespace troupe;
using namespace troupe::engine;
using namespace troupe::testing;
using namespace std::chrono_literals;

TEST_CASE("mail is received in the order it was posted, one at a time") {
  Engine engine({.threads = 3});
  auto scheduled = make_counted<Runner>(engine);
  std::vector<int> order;
  std::atomic<int> inside{0}, overlapped{0}, done{0};

  for (int i = 0; i < 10'000; ++i) {
    scheduled->run_there([&, i] {
      if (++inside != 1) ++overlapped;
      order.push_back(i);
      --inside;
      ++done;
    });
  }

  REQUIRE(within(10s, [&] { return done == 10'000; }));
  CHECK(overlapped == 0);
  for (int i = 0; i < 10'000; ++i) CHECK(order[static_cast<std::size_t>(i)] == i);
  CHECK(within(1s, [&] { return scheduled->waiting() == 0; }));
}

TEST_CASE("mail posted while a scheduled actor closes is run or dropped, never both and never neither") {
  Engine engine({.threads = 2});
  for (int round = 0; round < 200; ++round) {
    auto scheduled = make_counted<Runner>(engine);
    std::atomic<int> ran{0}, dropped{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 2; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 50; ++i) scheduled->run_there([&] { ++ran; }, [&] { ++dropped; });
      });
    }
    std::atomic<bool> closed{false};
    scheduled->run_there([&] { scheduled->close(), closed = true; });
    for (auto& thread : threads) thread.join();

    REQUIRE(within(5s, [&] { return closed && ran + dropped == 100; }));
    CHECK_FALSE(scheduled->run_there([&] { ++ran; }));
    CHECK(ran + dropped == 100);
    CHECK(scheduled->waiting() <= 100);
  }
}

TEST_CASE("timers come due in their order") {
  Engine engine({.threads = 2});
  auto scheduled = make_counted<Runner>(engine);
  std::vector<std::uint64_t> tokens;
  std::atomic<int> came{0};
  scheduled->on_timer = [&](std::uint64_t token) { tokens.push_back(token), ++came; };
  const auto now = std::chrono::steady_clock::now();

  engine.wake_at(now + 60ms, *scheduled, 3);
  engine.wake_at(now + 20ms, *scheduled, 1);
  engine.wake_at(now + 40ms, *scheduled, 2);

  REQUIRE(within(5s, [&] { return came == 3; }));
  CHECK(tokens == std::vector<std::uint64_t>{1, 2, 3});
  CHECK(std::chrono::steady_clock::now() - now >= 60ms);
}

TEST_CASE("a timer of a scheduled actor that is gone wakes nobody") {
  Engine engine({.threads = 2});
  auto scheduled = make_counted<Runner>(engine);
  engine.wake_at(std::chrono::steady_clock::now() + 10ms, *scheduled, 1);
  auto other = make_counted<Runner>(engine);
  std::atomic<bool> came{false};
  other->on_timer = [&](std::uint64_t) { came = true; };

  scheduled = nullptr;
  engine.wake_at(std::chrono::steady_clock::now() + 30ms, *other, 1);

  CHECK(within(5s, [&] { return came.load(); }));
}
