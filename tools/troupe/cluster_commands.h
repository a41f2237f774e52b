// The commands about a cluster's members: members, partitions, drain. Each gives what it was told, as tables or as
// JSON, or throws a Failure.
#pragma once

#include <string>

#include "nodes.h"

namespace troupe::tool {

struct PartitionOptions {
  std::string member;  // empty: all
};

struct DrainOptions {
  std::string member;
  bool undo = false;
  bool wait = true;
  long timeout_ms = 300'000;  // of the wait
};

[[nodiscard]] std::string show_members(const Nodes& nodes, bool json);
[[nodiscard]] std::string show_partitions(const Nodes& nodes, const PartitionOptions& options, bool json);
// Ends well when the member owns nothing. A member that does not come to that stays draining, and the Failure says what
// it waits for.
[[nodiscard]] std::string drain_member(const Nodes& nodes, const DrainOptions& options, bool json);

}  // namespace troupe::tool
