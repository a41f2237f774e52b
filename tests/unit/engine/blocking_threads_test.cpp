#include <doctest/doctest.h>

#include <atomic>
#include <future>

#include "engine/blocking_threads.h"

using namespace troupe::engine;

TEST_CASE("blocking work runs, and no more of it at once than there are threads") {
  std::atomic<int> at_once{0}, most{0}, done{0};
  std::promise<void> all;
  {
    BlockingThreads threads(3);
    for (int i = 0; i < 200; ++i) {
      CHECK(threads.run([&] {
        const int now = ++at_once;
        int seen = most;
        while (seen < now && !most.compare_exchange_weak(seen, now)) {
        }
        --at_once;
        if (++done == 200) all.set_value();
      }));
    }
    all.get_future().get();
  }

  CHECK(most <= 3);
  CHECK(done == 200);
}

TEST_CASE("work that blocks does not hold up work for which there is a thread") {
  std::promise<void> release, ran;  // outlive the threads that use them
  BlockingThreads threads(2);
  CHECK(threads.run([&] { release.get_future().get(); }));

  CHECK(threads.run([&] { ran.set_value(); }));

  ran.get_future().get();
  release.set_value();
}

TEST_CASE("too much waiting work is refused") {
  std::promise<void> release, started;
  auto released = release.get_future().share();
  {
    BlockingThreads threads(1);
    CHECK(threads.run([&] { started.set_value(), released.get(); }));
    started.get_future().get();
    for (std::size_t i = 0; i < BlockingThreads::kMaxWaiting; ++i) REQUIRE(threads.run([] {}));

    CHECK_FALSE(threads.run([] {}));
    release.set_value();
  }
}

TEST_CASE("what waits when the threads go is dropped, what runs is waited for") {
  std::atomic<bool> ran_to_end{false};
  std::promise<void> started;
  auto held = std::make_shared<int>(1);
  {
    BlockingThreads threads(1);
    CHECK(threads.run([&] {
      started.set_value();
      std::this_thread::yield();
      ran_to_end = true;
    }));
    started.get_future().get();
    (void)threads.run([held] {});
  }

  CHECK(ran_to_end);
  CHECK(held.use_count() == 1);
}
