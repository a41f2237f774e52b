// Bytes of durable keys as text: cursors of listings, row keys for people. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace troupe::inspect {

[[nodiscard]] std::string to_hex(std::string_view bytes);
// Nothing when the text is not what to_hex() gives.
[[nodiscard]] std::optional<std::string> from_hex(std::string_view text);
// Plain characters as they are, other bytes and the backslash as \xNN.
[[nodiscard]] std::string escaped(std::string_view bytes);

}  // namespace troupe::inspect
