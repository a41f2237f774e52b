// The commands about pools: pools, balance. Each gives what it was told, as tables or as JSON, or throws a Failure.
#pragma once

#include <string>

#include "nodes.h"

namespace troupe::tool {

struct BalanceOptions {
  std::string service;
  std::string policy;
};

// How the calls of each node are spread over the pools that it calls.
[[nodiscard]] std::string show_pools(const Nodes& nodes, bool json);
// Changes that on every node that calls the pool. kNotFound when none does.
[[nodiscard]] std::string change_balance(const Nodes& nodes, const BalanceOptions& options, bool json);

}  // namespace troupe::tool
