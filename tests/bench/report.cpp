#include "report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace troupe::bench {
namespace {

// Names and units are ours, but a JSON string stays one whatever they hold.
std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\u{:04x}", static_cast<int>(c));
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string number(double value) { return std::isfinite(value) ? fmt::format("{:.6g}", value) : "null"; }
// JSON keeps whole figures whole: 1407000, not 1.407e+06.
std::string figure(double value) {
  if (!std::isfinite(value)) return "null";
  return std::abs(value) >= 1000 ? fmt::format("{:.0f}", value) : number(value);
}

std::string cell(const Spread& spread) {
  const int digits = spread.median >= 1000 ? 0 : 1;
  return fmt::format("{:.{}f} ({:.{}f}..{:.{}f})", spread.median, digits, spread.min, digits, spread.max, digits);
}

std::string goal_cell(const Row& row) {
  const Goal& goal = row.line->goal;
  return fmt::format("{} {:.2f} {}", goal.sense == Goal::Sense::at_least ? ">=" : "<=", goal.ratio,
                     met(goal, row.figures.ratio()) ? "met" : "MISSED");
}

}  // namespace

bool met(const Goal& goal, double ratio) noexcept {
  return goal.sense == Goal::Sense::at_least ? ratio >= goal.ratio : ratio <= goal.ratio;
}

std::string to_json(const std::vector<Row>& rows) {
  std::string out = "[";
  const char* separator = "\n";
  for (const Row& row : rows) {
    out +=
        fmt::format(R"({}  {{"name": {}, "unit": {}, "ours": {}, "baseline": {}, "baseline_name": {}, "ratio": {}}})",
                    separator, quoted(row.line->name), quoted(row.line->unit), figure(row.figures.ours.median),
                    figure(row.figures.baseline.median), quoted(row.line->baseline_name), number(row.figures.ratio()));
    separator = ",\n";
  }
  return out + "\n]\n";
}

std::string to_table(const std::vector<Row>& rows) {
  std::vector<std::vector<std::string>> cells = {
      {"name", "unit", "ours (min..max)", "baseline (min..max)", "ratio", "goal", "baseline"}};
  for (const Row& row : rows) {
    cells.push_back({std::string(row.line->name), std::string(row.line->unit), cell(row.figures.ours),
                     cell(row.figures.baseline), fmt::format("{:.2f}", row.figures.ratio()), goal_cell(row),
                     std::string(row.line->baseline_name)});
  }
  std::vector<std::size_t> widths(cells.front().size());
  for (const auto& line : cells) {
    for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], line[i].size());
  }
  std::string out;
  for (const auto& line : cells) {
    for (std::size_t i = 0; i + 1 < line.size(); ++i) out += fmt::format("{:<{}}  ", line[i], widths[i]);
    out += line.back() + '\n';
  }
  return out;
}

}  // namespace troupe::bench
