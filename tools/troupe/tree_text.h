// Supervision trees for people, a line for each child. Nodes of a cluster are mostly given the same tree, of which each
// keeps a part: then the lines are said once, with how each node's part stands. Pure.
#pragma once

#include <string>
#include <vector>

#include "failure.h"

namespace troupe::tool {

struct TreeOfNode {
  std::string node;
  Json tree;  // ChildView as the admin API gives it
};

[[nodiscard]] std::string show_supervision(const std::vector<TreeOfNode>& trees);

}  // namespace troupe::tool
