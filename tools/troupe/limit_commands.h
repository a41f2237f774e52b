// The commands about how calls fail over: breakers, limits. Each gives what it was told, as tables or as JSON, or
// throws a Failure.
#pragma once

#include <string>

#include "nodes.h"

namespace troupe::tool {

struct BreakerOptions {
  std::string method;  // "Stock.reserve"
  std::string member;  // empty: at every member
};

[[nodiscard]] std::string show_breakers(const Nodes& nodes, bool json);
[[nodiscard]] std::string show_limits(const Nodes& nodes, bool json);
// `order`: "open" or "reset". On every node that has such a breaker; `not_found` if none does.
[[nodiscard]] std::string order_breakers(const Nodes& nodes, const BreakerOptions& options, const std::string& order,
                                         bool json);

}  // namespace troupe::tool
