#include "host/schema_nodes.h"

#include <capnp/schema.h>
#include <capnp/serialize.h>

#include <cstring>
#include <set>

namespace troupe::host {
namespace {

class Collector {
 public:
  void add(capnp::Schema schema) {
    const auto node = schema.getProto();
    if (!seen_.insert(node.getId()).second) return;
    capnp::MallocMessageBuilder message;
    message.setRoot(node);
    auto words = capnp::messageToFlatArray(message);
    auto bytes = words.asBytes();
    store::SchemaNodeBytes out{node.getId(), std::vector<std::byte>(bytes.size())};
    std::memcpy(out.node.data(), bytes.begin(), bytes.size());
    nodes.push_back(std::move(out));

    if (node.isStruct()) {
      for (auto field : schema.asStruct().getFields()) follow(field.getType());
    } else if (node.isInterface()) {
      for (auto method : schema.asInterface().getMethods()) {
        add(method.getParamType());
        add(method.getResultType());
      }
    }
  }

  std::vector<store::SchemaNodeBytes> nodes;

 private:
  void follow(capnp::Type type) {
    while (type.isList()) type = type.asList().getElementType();
    if (type.isStruct()) add(type.asStruct());
    if (type.isEnum()) add(type.asEnum());
    if (type.isInterface()) add(type.asInterface());
  }

  std::set<std::uint64_t> seen_;
};

}  // namespace

std::vector<store::SchemaNodeBytes> schema_nodes(const ServiceInfo& service) {
  Collector collector;
  collector.add(service.schema());
  if (service.state_schema) collector.add(service.state_schema());
  return std::move(collector.nodes);
}

}  // namespace troupe::host
