#include "rounds.h"

#include <algorithm>
#include <stdexcept>

namespace troupe::bench {

double median(std::vector<double> values) {
  if (values.empty()) throw std::invalid_argument("the median of no values");
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return (*std::max_element(values.begin(), middle) + *middle) / 2;
}

Spread spread_of(const std::vector<double>& values) {
  const double middle = median(values);
  const auto [min, max] = std::minmax_element(values.begin(), values.end());
  return {middle, *min, *max};
}

Comparison compare(int rounds, const std::function<double()>& ours, const std::function<double()>& baseline) {
  if (rounds < 1) throw std::invalid_argument("a comparison needs one round or more");
  std::vector<double> our_values;
  std::vector<double> baseline_values;
  for (int round = 0; round < rounds; ++round) {
    if (round % 2 == 0) our_values.push_back(ours());
    baseline_values.push_back(baseline());
    if (round % 2 == 1) our_values.push_back(ours());
  }
  return {spread_of(our_values), spread_of(baseline_values)};
}

}  // namespace troupe::bench
