// The parking scheduler: nothing that was posted is left lying, whoever posted it and whoever was asleep.
#include <doctest/doctest.h>

#include <atomic>
#include <vector>

#include "unit/engine/engine_fixture.h"

using namespace troupe;
using namespace troupe::engine;
using namespace troupe::testing;
using namespace std::chrono_literals;

namespace {

std::vector<Ptr<Runner>> runners(Engine& engine, int count) {
  std::vector<Ptr<Runner>> out;
  for (int i = 0; i < count; ++i) out.push_back(make_counted<Runner>(engine));
  return out;
}

void spin(std::chrono::milliseconds time) {
  const auto until = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < until) {
  }
}

}  // namespace

TEST_CASE("short bursts from outside threads are always run") {
  Engine engine({.threads = 3});
  const auto all_scheduled = runners(engine, 8);
  std::atomic<int> ran{0};
  int posted = 0;

  for (int burst = 0; burst < 20'000; ++burst) {
    const int size = 1 + burst % 4;
    for (int i = 0; i < size; ++i) all_scheduled[static_cast<std::size_t>((burst + i) % 8)]->run_there([&] { ++ran; });
    posted += size;
    REQUIRE_MESSAGE(within(5s, [&] { return ran == posted; }), "burst ", burst, ": ", ran, " of ", posted);
  }
}

TEST_CASE("bursts of several outside threads at once are always run") {
  Engine engine({.threads = 2});
  const auto all_scheduled = runners(engine, 4);
  std::atomic<int> failed{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&, t] {
      std::atomic<int> ran{0};
      for (int burst = 1; burst <= 5'000 && failed == 0; ++burst) {
        all_scheduled[static_cast<std::size_t>((burst + t) % 4)]->run_there([&] { ++ran; });
        if (!within(5s, [&] { return ran == burst; })) ++failed;
      }
    });
  }
  for (auto& thread : threads) thread.join();

  CHECK(failed == 0);
}

TEST_CASE("work that workers make for each other is always run") {
  Engine engine({.threads = 3});
  const auto all_scheduled = runners(engine, 16);
  std::atomic<int> left{60'000};
  // Each piece makes another on the next scheduled actor; the chains cross and now and then fork.
  std::function<void(std::size_t)> step = [&](std::size_t at) {
    if (--left <= 0) return;
    all_scheduled[(at + 1) % 16]->run_there([&, at] { step(at + 1); });
  };

  for (std::size_t chain = 0; chain < 5; ++chain) all_scheduled[chain]->run_there([&, chain] { step(chain); });

  CHECK(within(20s, [&] { return left <= 0; }));
  CHECK(within(5s, [&] { return left <= -4; }));  // the other chains end too
}

TEST_CASE("a lone job behind a long one is taken over by another worker") {
  Engine engine({.threads = 2});
  const auto all_scheduled = runners(engine, 2);
  std::atomic<bool> ran{false}, over{false}, seen{false};

  all_scheduled[0]->run_there([&] {
    all_scheduled[1]->run_there([&] { ran = true; });
    seen = within(5s, [&] { return ran.load(); });
    over = true;
  });

  CHECK(within(10s, [&] { return over.load(); }));
  CHECK(seen);
}

TEST_CASE("a lone job is taken over also when its worker has been busy for so long that all others went to sleep") {
  Engine engine({.threads = 2});
  const auto all_scheduled = runners(engine, 2);
  std::atomic<bool> ran{false}, over{false}, seen{false};

  all_scheduled[0]->run_there([&] {
    spin(500ms);
    all_scheduled[1]->run_there([&] { ran = true; });
    seen = within(5s, [&] { return ran.load(); });
    over = true;
  });

  CHECK(within(15s, [&] { return over.load(); }));
  CHECK(seen);
}

TEST_CASE("after a long rest the first post wakes a worker") {
  Engine engine({.threads = 2});
  const auto all_scheduled = runners(engine, 1);
  for (int round = 0; round < 3; ++round) {
    spin(300ms);  // past the rounds after which even the watcher sleeps
    std::atomic<bool> ran{false};
    all_scheduled[0]->run_there([&] { ran = true; });
    CHECK(within(5s, [&] { return ran.load(); }));
  }
}

TEST_CASE("one busy scheduled actor does not keep another from running") {
  std::atomic<bool> stop{false}, stopped{false}, other{false};
  std::function<void()> again;
  Engine engine({.threads = 1, .max_throughput = 8});
  const auto all_scheduled = runners(engine, 2);
  again = [&] {
    if (!stop) {
      all_scheduled[0]->run_there(again);
    } else {
      stopped = true;
    }
  };
  all_scheduled[0]->run_there(again);

  all_scheduled[1]->run_there([&] { other = true; });

  CHECK(within(5s, [&] { return other.load(); }));
  stop = true;
  REQUIRE(within(5s, [&] { return stopped.load(); }));  // nothing touches what is here any more
}
