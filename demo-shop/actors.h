// Everything that can run on a node of the shop. Every node hosts all of it; which actor lives where is the
// runtime's business.
#pragma once

#include <topic/event_log.h>

namespace troupe {
class Node;
}

namespace demo {

// Before node.start(). `order_log`: where the events of orders lie, the same on every node; empty: in tables.
void host_shop(troupe::Node& node, troupe::topic::LogFactory order_log = {});

}  // namespace demo
