// JSON as tokens and key sets have it: a member that is there twice is refused, and so is what is deep, or no UTF-8.
// For this component's own files: what it gives is nlohmann's.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace troupe::auth {

// Nothing: it is no such JSON; `why` says what is wrong with it.
[[nodiscard]] std::optional<nlohmann::json> parse_strictly(std::string_view text, std::string& why);

// Whether the text stands in tokens as a name: 1 to `most` bytes, no control characters.
[[nodiscard]] bool is_name(std::string_view text, std::size_t most) noexcept;

}  // namespace troupe::auth
