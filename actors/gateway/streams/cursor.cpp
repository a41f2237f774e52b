#include "gateway/streams/cursor.h"

#include <algorithm>
#include <charconv>

namespace troupe::gateway {
namespace {

// Digits alone, all of the text.
template <class Number>
std::optional<Number> number_of(std::string_view text) {
  Number out = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (text.empty() || code != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return out;
}

}  // namespace

std::string to_text(const Cursor& cursor) {
  std::string out;
  for (const auto& [partition, next] : cursor)
    out += (out.empty() ? "" : ",") + std::to_string(partition) + ":" + std::to_string(next);
  return out;
}

std::optional<Cursor> cursor_of(std::string_view text) {
  if (text.empty() || text.size() > kMaxCursorBytes) return std::nullopt;
  Cursor out;
  for (std::size_t at = 0; at <= text.size();) {
    const auto end = std::min(text.find(',', at), text.size());
    const auto part = text.substr(at, end - at);
    const auto colon = std::min(part.find(':'), part.size());
    const auto partition = number_of<std::uint32_t>(part.substr(0, colon));
    const auto next = number_of<std::uint64_t>(part.substr(std::min(colon + 1, part.size())));
    if (!partition || !next || out.size() == kMaxStreamPartitions || !out.emplace(*partition, *next).second)
      return std::nullopt;
    at = end + 1;
  }
  return out;
}

}  // namespace troupe::gateway
