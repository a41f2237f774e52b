// Everything that can run on a node of the shop. Every node hosts all of it; which actor lives where is the
// runtime's business.
#pragma once

#include <topic/event_log.h>

#include <chrono>
#include <string>
#include <vector>

namespace troupe {
class Node;
}

namespace demo {

// Before node.start(). The same on every node. `order_log`: where the events of orders lie; empty: in tables.
// `web_urls`: as shop_issuer() takes them.
void host_shop(troupe::Node& node, troupe::topic::LogFactory order_log = {},
               const std::vector<std::string>& web_urls = {});
// Once the nodes are there, on any of them, any number of times: topics are declared, and the issuer has a key. Throws
// troupe::Error when they do not answer within `timeout`.
void prepare_shop(troupe::Node& node, std::chrono::nanoseconds timeout);

}  // namespace demo
