// Which types a service needs: its methods' and its state's, those of the rows of its tables, and what they refer to.
#include <kj/exception.h>

#include <algorithm>

#include "reflect/schema_layout.h"
#include "reflect/schema_set.h"

namespace troupe::reflect {
namespace {

class Reach {
 public:
  explicit Reach(const NodesById& nodes) : nodes_(nodes) {}

  void add(std::uint64_t root) {
    std::vector<std::uint64_t> waiting{root};
    while (!waiting.empty()) {
      const std::uint64_t id = waiting.back();
      waiting.pop_back();
      const auto node = nodes_.find(id);
      if (node && reached.insert(id).second) follow(*node, waiting);
    }
  }

  std::set<std::uint64_t> reached;

 private:
  static void follow(capnp::schema::Node::Reader node, std::vector<std::uint64_t>& into) {
    if (node.isStruct())
      for (auto field : node.getStruct().getFields())
        field.isGroup() ? into.push_back(field.getGroup().getTypeId()) : follow(field.getSlot().getType(), into);
    if (!node.isInterface()) return;
    for (auto super : node.getInterface().getSuperclasses()) into.push_back(super.getId());
    for (auto method : node.getInterface().getMethods()) {
      into.push_back(method.getParamStructType());
      into.push_back(method.getResultStructType());
    }
  }
  static void follow(capnp::schema::Type::Reader type, std::vector<std::uint64_t>& into) {
    while (type.isList()) type = type.getList().getElementType();
    if (type.isStruct()) into.push_back(type.getStruct().getTypeId());
    if (type.isEnum()) into.push_back(type.getEnum().getTypeId());
    if (type.isInterface()) into.push_back(type.getInterface().getTypeId());
  }

  const NodesById& nodes_;
};

}  // namespace

Result<SchemaSet> only_of(const SchemaSet& set, const std::set<std::uint64_t>& services) try {
  NodesById nodes;
  if (auto added = nodes.add(set.nodes); !added.ok()) return added.error();
  SchemaSet out;
  Reach reach(nodes);
  for (const auto& service : set.services) {
    if (!services.contains(service.type_id)) continue;
    out.services.push_back(service);
    reach.add(service.type_id);
    reach.add(service.state_type);
  }
  for (const auto& table : set.tables) {
    if (!services.contains(table.service)) continue;
    out.tables.push_back(table);
    reach.add(table.row_type);
  }
  for (const auto& node : set.nodes)
    if (reach.reached.contains(node.type_id)) out.nodes.push_back(node);
  return out;
} catch (const kj::Exception& e) {
  return Error(ErrorKind::corrupt, std::string("the schemas cannot be followed: ") + e.getDescription().cStr());
}

}  // namespace troupe::reflect
