// The schemas of the services that this build hosts, and of what else stands in their files: rows of tables are such.
#pragma once

#include "reflect/schema_set.h"

namespace troupe {
struct ServiceInfo;
namespace actor {
class Registry;
}
}  // namespace troupe

namespace troupe::host {

// Of what no service refers to, only what `remembered` has too; all of it for null.
[[nodiscard]] reflect::SchemaSet hosted_schemas(const actor::Registry& registry, const reflect::SchemaSet* remembered);
// Of the interface, the state and all that they refer to: the same for the same contract, on every node.
[[nodiscard]] std::uint64_t schema_hash(const ServiceInfo& service);

}  // namespace troupe::host
