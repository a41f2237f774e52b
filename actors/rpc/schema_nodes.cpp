#include "rpc/schema_nodes.h"

#include <utility>
#include <vector>

namespace troupe::rpc {
namespace {

class Walk {
 public:
  void all_from(capnp::InterfaceSchema service) {
    visit(service);
    while (!open_.empty()) {
      const capnp::Schema next = open_.back();
      open_.pop_back();
      if (next.getProto().isStruct())
        for (auto field : next.asStruct().getFields()) reach(field.getType());
      if (next.getProto().isInterface())
        for (auto method : next.asInterface().getMethods()) {
          visit(method.getParamType());
          visit(method.getResultType());
        }
    }
  }
  std::map<std::uint64_t, capnp::Schema> found;

 private:
  void visit(capnp::Schema schema) {
    if (found.emplace(schema.getProto().getId(), schema).second) open_.push_back(schema);
  }
  void reach(capnp::Type type) {
    while (type.isList()) type = type.asList().getElementType();
    if (type.isStruct()) visit(type.asStruct());
    if (type.isEnum()) visit(type.asEnum());
    if (type.isInterface()) visit(type.asInterface());
  }

  std::vector<capnp::Schema> open_;
};

}  // namespace

std::map<std::uint64_t, capnp::Schema> reached_by(capnp::InterfaceSchema service) {
  Walk walk;
  walk.all_from(service);
  return std::move(walk.found);
}

}  // namespace troupe::rpc
