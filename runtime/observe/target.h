// A request target taken apart: "/actors/Stock/sku%2F1?limit=5". Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "troupe/error.h"

namespace troupe::observe {

struct Target {
  std::vector<std::string> path;             // the parts between slashes, decoded
  std::map<std::string, std::string> query;  // decoded
};

// `invalid` when it does not begin with a slash, a percent sign is not followed by two hexadecimal digits, or a name is
// given twice.
[[nodiscard]] Result<Target> parse_target(std::string_view text);

// As one part of a path or of a query: everything but letters, digits and -._~ as %XX.
[[nodiscard]] std::string percent_encode(std::string_view text);

}  // namespace troupe::observe
