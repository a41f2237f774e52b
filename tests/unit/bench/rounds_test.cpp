// Medians and ratios, and that the sides take turns.
#include "rounds.h"

#include <doctest/doctest.h>

#include <cmath>
#include <stdexcept>
#include <string>

namespace troupe::bench {
namespace {

TEST_CASE("the median of an odd count is the middle value, whatever the order") {
  CHECK(median({7}) == 7);
  CHECK(median({9, 1, 5}) == 5);
  CHECK(median({1, 1000000, 2, 3, 2}) == 2);
}

TEST_CASE("the median of an even count is the mean of the two in the middle") {
  CHECK(median({4, 2}) == 3);
  CHECK(median({10, 1, 4, 3}) == 3.5);
}

TEST_CASE("no values have no median") { CHECK_THROWS_AS((void)median({}), std::invalid_argument); }

TEST_CASE("one slow round changes the spread and not the median") {
  const Spread spread = spread_of({100, 101, 3, 102, 99});

  CHECK(spread.median == 100);
  CHECK(spread.min == 3);
  CHECK(spread.max == 102);
}

TEST_CASE("a ratio is ours over the baseline, of the medians") {
  const double ours[] = {10, 30, 20};
  const double baseline[] = {40, 40, 1000};
  int our_round = 0;
  int baseline_round = 0;

  const Comparison figures = compare(
      3, [&] { return ours[our_round++]; }, [&] { return baseline[baseline_round++]; });

  CHECK(figures.ours.median == 20);
  CHECK(figures.baseline.median == 40);
  CHECK(figures.ratio() == 0.5);
}

TEST_CASE("a baseline of zero makes no ratio that looks like one") {
  const Comparison figures = compare(
      1, [] { return 1.0; }, [] { return 0.0; });

  CHECK(std::isinf(figures.ratio()));
}

TEST_CASE("the sides take turns, and the first of a round is the second of the next") {
  std::string order;
  const auto run = [&](char name) {
    return [&order, name] {
      order += name;
      return 1.0;
    };
  };

  (void)compare(3, run('o'), run('b'));

  CHECK(order == "obboob");
}

TEST_CASE("a side that fails ends the comparison") {
  int baselines = 0;
  const auto failing = []() -> double { throw std::runtime_error("no"); };
  const auto counting = [&] { return ++baselines, 1.0; };

  CHECK_THROWS_WITH((void)compare(5, failing, counting), "no");
  CHECK(baselines == 0);
}

TEST_CASE("a comparison of no rounds is refused") {
  const auto side = [] { return 1.0; };

  CHECK_THROWS_AS((void)compare(0, side, side), std::invalid_argument);
}

}  // namespace
}  // namespace troupe::bench
