// The schema of a hosted service and everything it refers to, as bytes for the store's catalogue.
#pragma once

#include <vector>

#include "actor/context.h"
#include "store/schema_catalogue.h"

namespace troupe::host {

[[nodiscard]] std::vector<store::SchemaNodeBytes> schema_nodes(const ServiceInfo& service);

}  // namespace troupe::host
