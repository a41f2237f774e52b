// Everything that can run on a node of the shop. Every node hosts all of it; which actor lives where is the
// runtime's business.
#pragma once

namespace troupe {
class Node;
}

namespace demo {

// Before node.start().
void host_shop(troupe::Node& node);

}  // namespace demo
