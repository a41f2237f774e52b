#include "comments.h"

#include <algorithm>

namespace troupe::schema {
namespace {

unsigned members_of(const Node& node) {
  if (node.isStruct()) return node.getStruct().getFields().size();
  if (node.isEnum()) return node.getEnum().getEnumerants().size();
  return node.isInterface() ? node.getInterface().getMethods().size() : 0;
}

class Gathering {
 public:
  explicit Gathering(const Nodes& nodes) : nodes_(nodes) {}

  void scope(const Node& node) {
    for (auto child : node.getNestedNodes())
      if (const Node* inner = nodes_.find(child.getId())) {
        type(*inner);
        scope(*inner);
      }
  }
  std::vector<Comment> out;

 private:
  void add(std::uint64_t id, int member, std::string text) {
    while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
    if (!text.empty()) out.push_back({id, member, std::move(text)});
  }
  void type(const Node& node) {
    add(node.getId(), -1, nodes_.doc(node.getId()));
    for (unsigned i = 0; i < members_of(node); ++i)
      add(node.getId(), static_cast<int>(i), nodes_.member_doc(node.getId(), i));
    if (!node.isInterface()) return;
    for (auto method : node.getInterface().getMethods())
      for (const auto id : {method.getParamStructType(), method.getResultStructType()})
        if (const Node* message = nodes_.find(id); message && message->getScopeId() == 0) type(*message);
  }

  const Nodes& nodes_;
};

}  // namespace

std::vector<Comment> comments_in(const Nodes& nodes, const Node& file) {
  Gathering gathering(nodes);
  gathering.scope(file);
  return std::move(gathering.out);
}

bool any_route(const std::vector<Service>& services) {
  return std::any_of(services.begin(), services.end(), [](const Service& service) {
    return std::any_of(service.methods.begin(), service.methods.end(),
                       [](const Method& method) { return !method.route.verb.empty(); });
  });
}

}  // namespace troupe::schema
