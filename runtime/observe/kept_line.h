// A log line that owns its texts.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "troupe/log.h"

namespace troupe::observe {

struct KeptLine {
  std::uint64_t number = 0;  // of this run of the node, from 1
  std::uint64_t at_ms = 0;
  LogLevel level = LogLevel::info;
  std::string room;
  std::string message;
  std::vector<std::pair<std::string, std::string>> fields;

  // Empty: it has none of that name.
  [[nodiscard]] std::string_view field(std::string_view name) const noexcept {
    for (const auto& [own, value] : fields)
      if (own == name) return value;
    return {};
  }
  // What it takes in memory, about.
  [[nodiscard]] std::size_t bytes() const noexcept {
    std::size_t sum = sizeof(KeptLine) + room.size() + message.size();
    for (const auto& [name, value] : fields) sum += sizeof(fields.front()) + name.size() + value.size();
    return sum;
  }
  // For a sink: `call` gets a LogLine that refers to this.
  template <class Call>
  void as_line(Call&& call) const {
    std::vector<LogField> views;
    views.reserve(fields.size());
    for (const auto& [name, value] : fields) views.push_back({name, value});
    call(LogLine{level, room, message, views, at_ms});
  }
};

}  // namespace troupe::observe
