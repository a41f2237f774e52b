// JSON as text: parsed under limits, with the line and column of what is wrong; and text that is sure to be UTF-8.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "troupe/error.h"

namespace troupe::reflect {

// One JSON value; a blank text stands for {}. `invalid`: malformed (line, column), a field given twice, deeper than
// kMaxJsonDepth, longer than kMaxJsonBytes.
[[nodiscard]] Result<nlohmann::json> parse_json(std::string_view text);

// The text with every byte that is no UTF-8 replaced by U+FFFD.
[[nodiscard]] std::string as_utf8(std::string_view text);

}  // namespace troupe::reflect
