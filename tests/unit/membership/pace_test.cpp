// How fast copies go.
#include "transfer/pace.h"

#include <doctest/doctest.h>

#include <cstdint>

using namespace troupe;
using namespace std::chrono_literals;

TEST_CASE("a pace lets a burst go, then so much a second, of all who send together") {
  transfer::Pace pace(1'000);
  const TimePoint begin{1h};

  CHECK(pace.take(100, begin) == begin);
  CHECK(pace.take(1'000, begin) == begin);
  CHECK(pace.take(500, begin) == begin + 1s);
  CHECK(pace.take(1, begin) == begin + 1500ms);
  CHECK(pace.take(100, begin + 10s) == begin + 10s);
}

TEST_CASE("no pace and the largest numbers are no trouble") {
  transfer::Pace none(0);
  const TimePoint begin{1h};
  CHECK(none.take(UINT64_MAX, begin) == begin);
  CHECK(none.take(UINT64_MAX, begin) == begin);
  transfer::Pace slowest(1);
  for (int i = 0; i < 10; ++i) CHECK(slowest.take(UINT64_MAX, begin) <= begin + 2 * transfer::Pace::kLongest);
  transfer::Pace fastest(UINT64_MAX);
  CHECK(fastest.take(UINT64_MAX / 2, begin) == begin);
}
