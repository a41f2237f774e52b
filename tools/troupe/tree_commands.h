// What is supervised, shown and started again. Each prints what it was told, as text or as JSON, or throws a Failure.
#pragma once

#include <string>

#include "nodes.h"

namespace troupe::tool {

[[nodiscard]] std::string show_tree(const Nodes& nodes, bool json);
// Starts a part of the trees that does not run, on every node (and in the tree of processes) that has it: "workers/w1",
// or "/" for a whole tree.
[[nodiscard]] std::string restart_in_tree(const Nodes& nodes, const std::string& id, bool json);

}  // namespace troupe::tool
