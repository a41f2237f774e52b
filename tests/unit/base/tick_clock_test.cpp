// Ticks: as far apart as the steady clock says, and a test's own where a test owns the time.
#include "base/tick_clock.h"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "testing/manual_clock.h"

namespace troupe {
namespace {

using namespace std::chrono_literals;

// Waits busily, as long as the steady clock says.
TimePoint pass(std::chrono::nanoseconds time) {
  const TimePoint until = std::chrono::steady_clock::now() + time;
  TimePoint now = std::chrono::steady_clock::now();
  while (now < until) now = std::chrono::steady_clock::now();
  return now;
}

TEST_CASE("twenty milliseconds by ticks are twenty milliseconds by the steady clock") {
  const TickClock clock(system_clock());
  const TimePoint before_first = std::chrono::steady_clock::now();
  const auto first = clock.now();
  const TimePoint after_first = std::chrono::steady_clock::now();

  const TimePoint before_last = pass(20ms);
  const auto last = clock.now();
  const TimePoint after_last = std::chrono::steady_clock::now();

  CHECK(clock.between(first, last) > before_last - after_first - 50us);
  CHECK(clock.between(first, last) < after_last - before_first + 50us);
}

TEST_CASE("a reading is dated by the steady clock, whether it lies before the last steer or behind it") {
  TickClock clock(system_clock());
  const TimePoint before_it = std::chrono::steady_clock::now();
  const auto reading = clock.now();
  const TimePoint after_it = std::chrono::steady_clock::now();

  const TimePoint then = clock.at(reading);
  (void)pass(5ms);
  clock.steer();

  for (const TimePoint dated : {then, clock.at(reading)}) {
    CHECK(dated > before_it - 200us);
    CHECK(dated < after_it + 200us);
  }
}

TEST_CASE("no time lies between a reading and an earlier one") {
  const TickClock clock(system_clock());
  const auto first = clock.now();
  const auto last = first + 1000;

  CHECK(clock.between(last, first) == 0ns);
  CHECK(clock.between(first, first) == 0ns);
  CHECK(clock.between(first, last) > 0ns);
}

TEST_CASE("a clock that a test owns is read itself, and moves when the test moves it") {
  testing::ManualClock manual;
  TickClock clock(manual);
  const auto first = clock.now();

  manual.advance(1500ms);
  clock.steer();

  CHECK(!clock.counts());
  CHECK(clock.between(first, clock.now()) == 1500ms);
  CHECK(clock.at(clock.now()) == manual.exact_now());
  CHECK(clock.now() != 0);
}

TEST_CASE("threads that look while the clock is steered see no time of another pace") {
  TickClock clock(system_clock());
  std::atomic<bool> stop{false};
  std::atomic<int> wrong{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < 2; ++i) {
    readers.emplace_back([&] {
      while (!stop) {
        const TimePoint before_it = std::chrono::steady_clock::now();
        const TimePoint dated = clock.at(clock.now());
        const TimePoint after_it = std::chrono::steady_clock::now();
        if (dated < before_it - 1ms || dated > after_it + 1ms) ++wrong;
      }
    });
  }

  for (int i = 0; i < 20'000; ++i) clock.steer();
  stop = true;
  for (auto& reader : readers) reader.join();

  CHECK(wrong == 0);
}

}  // namespace
}  // namespace troupe
