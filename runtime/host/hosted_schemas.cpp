#include "host/hosted_schemas.h"

#include <set>

#include "actor/registry.h"

namespace troupe::host {

wire::SchemaSet hosted_schemas(const actor::Registry& registry) {
  wire::SchemaSet set;
  std::set<std::uint64_t> seen;
  const auto add = [&](capnp::Schema schema) {
    for (auto& node : wire::encode_schemas(schema))
      if (seen.insert(node.type_id).second) set.nodes.push_back(std::move(node));
  };
  for (const auto& hosted : registry.services()) {
    const ServiceInfo& service = hosted->service;
    add(service.schema());
    if (service.state_schema) add(service.state_schema());
    set.services.push_back({service.id, service.state_type, service.state_version, service.name});
  }
  return set;
}

}  // namespace troupe::host
