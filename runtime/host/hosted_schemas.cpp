#include "host/hosted_schemas.h"

#include <map>
#include <set>
#include <utility>
#include <vector>

#include "actor/registry.h"

namespace troupe::host {

reflect::SchemaSet hosted_schemas(const actor::Registry& registry, const reflect::SchemaSet* remembered) {
  reflect::SchemaSet set;
  std::set<std::uint64_t> seen, known;
  if (remembered)
    for (const auto& node : remembered->nodes) known.insert(node.type_id);
  const auto add = [&](capnp::Schema schema) {
    for (auto& node : reflect::encode_schemas(schema))
      if (seen.insert(node.type_id).second) set.nodes.push_back(std::move(node));
  };
  for (const auto& hosted : registry.services()) {
    const ServiceInfo& service = hosted->service;
    add(service.schema());
    if (service.state_schema) add(service.state_schema());
    set.services.push_back({service.id, service.state_type, service.state_version, service.name});
    for (std::uint16_t i = 0; i < service.file_struct_count; ++i) {
      const capnp::StructSchema schema = service.file_structs[i]();
      if (!remembered || known.contains(schema.getProto().getId())) add(schema);
    }
  }
  return set;
}

std::uint64_t schema_hash(const ServiceInfo& service) {
  std::map<std::uint64_t, std::vector<std::byte>> nodes;  // in an order that is the same everywhere
  const auto add = [&](capnp::Schema schema) {
    for (auto& node : reflect::encode_schemas(schema)) nodes.try_emplace(node.type_id, std::move(node.message));
  };
  add(service.schema());
  if (service.state_schema) add(service.state_schema());
  std::uint64_t hash = service.id;
  for (const auto& [id, node] : nodes)
    hash = stable_hash({reinterpret_cast<const char*>(node.data()), node.size()}, mix(hash ^ id));
  return hash;
}

}  // namespace troupe::host
