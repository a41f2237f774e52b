// Clocks: the machine's goes forward, a test's goes where it is told.
#include "base/clock.h"

#include <doctest/doctest.h>

#include "testing/manual_clock.h"

namespace troupe {
namespace {

TEST_CASE("the system clock never goes back and lags real time by less than 50 ms") {
  const Clock& clock = system_clock();
  const TimePoint earlier = clock.now();

  const auto exact = std::chrono::steady_clock::now();
  const TimePoint later = clock.now();

  CHECK(later >= earlier);
  CHECK(later + std::chrono::milliseconds(50) > exact);
}

TEST_CASE("the system clock's wall time is after the year 2020") {
  CHECK(system_clock().wall_ms() > 1'577'836'800'000);
}

TEST_CASE("a manual clock stands still until it is moved, both hands together") {
  testing::ManualClock clock;
  const TimePoint start = clock.now();
  const auto wall = clock.wall_ms();

  CHECK(clock.now() == start);
  clock.advance(std::chrono::milliseconds(1500));

  CHECK(clock.now() - start == std::chrono::milliseconds(1500));
  CHECK(clock.wall_ms() - wall == 1500);
}

}  // namespace
}  // namespace troupe
