// What a load test found, for people, for programs and as a picture. Pure.
#pragma once

#include <string>
#include <vector>

#include "overload/load.h"

namespace troupe::bench {

struct LoadStep {
  double times = 1;  // of the capacity
  Served served;
};

struct LoadTest {
  Load load;
  double capacity = 0;  // calls a second, in a closed loop
  std::vector<LoadStep> steps;

  // The most that was answered, in any step or in the closed loop.
  [[nodiscard]] double peak() const;
  // What the last step answered, to that.
  [[nodiscard]] double kept() const;
};

[[nodiscard]] std::string load_title(const Load& load);
[[nodiscard]] std::string load_table(const LoadTest& test);
// Goodput by offered load, in characters.
[[nodiscard]] std::string load_bars(const LoadTest& test);
[[nodiscard]] std::string load_json(const std::vector<LoadTest>& tests);
// One SVG: goodput and the 99th percentile by offered load, a row for each test.
[[nodiscard]] std::string load_svg(const std::vector<LoadTest>& tests);

}  // namespace troupe::bench
