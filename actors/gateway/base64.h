// RFC 4648: base64 with padding for JSON, and without, in the alphabet of addresses, for words.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::gateway {

enum class Base64 : unsigned char { standard, url };

[[nodiscard]] std::string base64(std::span<const unsigned char> bytes, Base64 kind);
// Nothing: it is none. Padding may be left out of either, and bits that say nothing must be zero.
[[nodiscard]] std::optional<std::vector<unsigned char>> from_base64(std::string_view text, Base64 kind);

}  // namespace troupe::gateway
