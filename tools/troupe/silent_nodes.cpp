#include "silent_nodes.h"

#include "show.h"

namespace troupe::tool {

void SilentNodes::add(const std::string& node, const Failure& why) {
  std::erase_if(nodes_, [&](const Node& one) { return one.name == node; });
  nodes_.push_back({node, why});
}

std::string SilentNodes::text() const {
  std::string out;
  for (const Node& node : nodes_)
    out += printable(node.name) +
           " did not answer, and what it knows is missing here: " + printable(node.why.message()) + "\n";
  return out;
}

Json SilentNodes::json() const {
  Json all = Json::array();
  for (const Node& node : nodes_) all.push_back({{"node", node.name}, {"error", node.why.error}});
  return all;
}

}  // namespace troupe::tool
