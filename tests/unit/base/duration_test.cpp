// Durations and moments at their ends.
#include "troupe/duration.h"

#include <doctest/doctest.h>

#include <cstdint>

namespace troupe {
namespace {

using namespace std::chrono_literals;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using Point = std::chrono::steady_clock::time_point;

constexpr Point kStart{24h};

TEST_CASE("a duration that its unit cannot hold is the longest or the shortest there is") {
  static_assert(saturated<nanoseconds>(hours::max()) == nanoseconds::max());
  static_assert(saturated<nanoseconds>(hours::min()) == nanoseconds::min());
  static_assert(saturated<milliseconds>(hours::max()) == milliseconds::max());
  static_assert(saturated<nanoseconds>(milliseconds::max()) == nanoseconds::max());
  static_assert(saturated<milliseconds>(std::chrono::duration<std::uint64_t, std::milli>(~std::uint64_t{0})) ==
                milliseconds::max());

  for (const auto time : {0ms, 1ms, -1ms, milliseconds::max() / 2'000'000})
    CHECK(saturated<nanoseconds>(time) == nanoseconds(time));
  CHECK(std::chrono::nanoseconds(Nanoseconds(2s)) == 2s);
  CHECK(std::chrono::milliseconds(Milliseconds()) == 0ms);
}

TEST_CASE("a moment past the end of time is its end") {
  CHECK(later(kStart, 1h) == kStart + 1h);
  CHECK(later(kStart, -1h) == kStart - 1h);
  CHECK(later(kStart, hours::max()) == Point::max());
  CHECK(later(kStart, Point::max() - kStart) == Point::max());
  CHECK(later(kStart, Point::max() - kStart - 1ns) == Point::max() - 1ns);
  CHECK(later(Point::max(), 1ns) == Point::max());
  CHECK(later(Point::min(), -1ns) == Point::min());
  CHECK(later(Point(-1ns), hours::min()) == Point::min());
  CHECK(later(kStart, Milliseconds(hours::max())) == Point::max());
}

TEST_CASE("a count of milliseconds since the epoch ends at all ones and at zero") {
  constexpr auto never = ~std::uint64_t{0};

  CHECK(later(std::uint64_t{1'000}, 500ms) == 1'500);
  CHECK(later(std::uint64_t{1'000}, -400ms) == 600);
  CHECK(later(std::uint64_t{1'000}, milliseconds::min()) == 0);
  CHECK(later(never - 1, 1ms) == never);
  CHECK(later(never - 1, 2ms) == never);
  CHECK(epoch_moment(1'500) == std::chrono::system_clock::time_point(1'500ms));
  CHECK(epoch_moment(never) == std::chrono::system_clock::time_point::max());
}

TEST_CASE("a duration is doubled up to the most it may be") {
  CHECK(doubled(50ms, 0, 30'000ms) == 50ms);
  CHECK(doubled(50ms, 3, 30'000ms) == 400ms);
  CHECK(doubled(50ms, 10, 30'000ms) == 30'000ms);
  CHECK(doubled(50ms, ~0u, milliseconds::max()) == milliseconds::max());
  CHECK(doubled(0ms, ~0u, 1ms) == 0ms);
  CHECK(doubled(50ms, 0, 10ms) == 10ms);
}

}  // namespace
}  // namespace troupe
