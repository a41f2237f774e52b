// A type id as people write it in a schema: "@0x9d2f...". One way to write it, one to read it.
#pragma once

#include <charconv>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

namespace troupe::reflect {

[[nodiscard]] inline std::string type_id_text(std::uint64_t id) {
  char text[24];
  std::snprintf(text, sizeof text, "@0x%016" PRIx64, id);
  return text;
}

[[nodiscard]] inline std::optional<std::uint64_t> parse_type_id(std::string_view text) {
  if (!text.starts_with("@0x")) return std::nullopt;
  std::uint64_t id = 0;
  const auto [end, problem] = std::from_chars(text.data() + 3, text.data() + text.size(), id, 16);
  if (problem != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return id;
}

}  // namespace troupe::reflect
