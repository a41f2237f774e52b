// JSON for people: tables with aligned columns, trees, durations and sizes in words. Nothing a node says reaches the
// terminal as a control sequence. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "failure.h"

namespace troupe::tool {

class Table {
 public:
  explicit Table(std::vector<std::string> titles) : rows_{std::move(titles)} {}
  void row(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  [[nodiscard]] bool empty() const noexcept { return rows_.size() == 1; }
  // Columns of numbers stand to the right.
  [[nodiscard]] std::string text() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

// Indented, with a newline at its end.
[[nodiscard]] std::string dumped(const Json& json);
// A member that is an array; else an empty one.
[[nodiscard]] const Json& array_at(const Json& object, const char* name);
// A member as text: strings as they are, everything else as JSON; empty when it is not there.
[[nodiscard]] std::string text_at(const Json& object, const char* name);
[[nodiscard]] std::uint64_t number_at(const Json& object, const char* name);
[[nodiscard]] std::string duration(std::uint64_t ms);  // "1.5 s", "3 min 20 s", "2 d 4 h"
[[nodiscard]] std::string moment(std::uint64_t ms);    // of the wall clock: "2026-11-20 14:33:01.250Z"
[[nodiscard]] std::uint64_t now_ms();                  // of the wall clock
[[nodiscard]] std::string ago(std::uint64_t ms);       // how long it is since that moment
[[nodiscard]] std::string size(std::uint64_t bytes);   // "1.2 MB"
// Control characters as \x1b.
[[nodiscard]] std::string printable(std::string_view text);

}  // namespace troupe::tool
