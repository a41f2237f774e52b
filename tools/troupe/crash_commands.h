// The commands about actors that crash: restarts, quarantine ls, quarantine clear. Each gives what it was told, as
// tables or as JSON, or throws a Failure.
#pragma once

#include <cstddef>
#include <string>

#include "nodes.h"

namespace troupe::tool {

struct CrashOptions {
  std::string actor;  // empty: all
  std::size_t limit = 100;
  bool all = false;
};

[[nodiscard]] std::string show_restarts(const Nodes& nodes, const CrashOptions& options, bool json);
[[nodiscard]] std::string show_quarantine(const Nodes& nodes, const CrashOptions& options, bool json);
[[nodiscard]] std::string clear_quarantine(const Nodes& nodes, const CrashOptions& options, bool json);

}  // namespace troupe::tool
