// How a list of findings is ordered and printed.
#include "diagnostics.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

namespace troupe::schema {

void Diagnostics::error(Place place, std::string message) { found_.push_back({std::move(place), std::move(message)}); }

std::string Diagnostics::text() const {
  auto ordered = found_;
  std::stable_sort(ordered.begin(), ordered.end(), [](const Finding& a, const Finding& b) {
    return std::tie(a.place.file, a.place.line, a.place.column) < std::tie(b.place.file, b.place.line, b.place.column);
  });
  std::string text;
  for (const auto& [place, message] : ordered) {
    if (place.line > 0)
      text += fmt::format("{}:{}:{}: error: {}\n", place.file, place.line, place.column, message);
    else
      text += fmt::format("{}: error: {}\n", place.file, message);
  }
  return text;
}

}  // namespace troupe::schema
