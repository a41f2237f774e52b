// How far a client has come in the partitions of a topic, as the text that it sends back: "0:12,3:7" says that the next
// events are 12 of partition 0 and 7 of partition 3. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace troupe::gateway {

// Of one stream: each is looked at, and each event's id names them all.
inline constexpr std::size_t kMaxStreamPartitions = 64;
inline constexpr std::size_t kMaxCursorBytes = 2'048;

using Cursor = std::map<std::uint32_t, std::uint64_t>;

[[nodiscard]] std::string to_text(const Cursor& cursor);
// Nothing: it is none.
[[nodiscard]] std::optional<Cursor> cursor_of(std::string_view text);

}  // namespace troupe::gateway
