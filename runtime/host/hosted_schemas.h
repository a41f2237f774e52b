// The schemas of the services that this build hosts.
#pragma once

#include "wire/schema_set.h"

namespace troupe::actor {
class Registry;
}

namespace troupe::host {

[[nodiscard]] wire::SchemaSet hosted_schemas(const actor::Registry& registry);

}  // namespace troupe::host
