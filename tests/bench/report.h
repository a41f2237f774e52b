// What the benchmark says: an array for programs, a table for people.
#pragma once

#include <string>
#include <vector>

#include "line.h"
#include "rounds.h"

namespace troupe::bench {

struct Row {
  const Line* line;
  Comparison figures;
};

[[nodiscard]] bool met(const Goal& goal, double ratio) noexcept;

// [{"name", "unit", "ours", "baseline", "baseline_name", "ratio"}, ...]; a figure that is no finite number is null.
[[nodiscard]] std::string to_json(const std::vector<Row>& rows);

// With each side's spread over the rounds, and whether the goal is met.
[[nodiscard]] std::string to_table(const std::vector<Row>& rows);

}  // namespace troupe::bench
