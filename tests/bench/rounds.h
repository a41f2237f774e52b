// Rounds: both sides in turn, several times, and what the figures come to. The order changes with every round, so that
// neither side always runs on the machine the other has just warmed or tired.
#pragma once

#include <functional>
#include <vector>

namespace troupe::bench {

// The middle value; of an even count the mean of the two in the middle. Not of an empty list.
[[nodiscard]] double median(std::vector<double> values);

struct Spread {
  double median;
  double min;
  double max;
};
[[nodiscard]] Spread spread_of(const std::vector<double>& values);

struct Comparison {
  Spread ours;
  Spread baseline;

  // ours / baseline, of the medians. A baseline of zero makes it infinite.
  [[nodiscard]] double ratio() const noexcept { return ours.median / baseline.median; }
};

// What a side throws ends the comparison. `rounds` is 1 or more.
[[nodiscard]] Comparison compare(int rounds, const std::function<double()>& ours,
                                 const std::function<double()>& baseline);

}  // namespace troupe::bench
