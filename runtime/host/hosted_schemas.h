// The schemas of the services that this build hosts, and of what else stands in their files: rows of tables are such.
#pragma once

#include "reflect/schema_set.h"

namespace troupe::actor {
class Registry;
}

namespace troupe::host {

// Of what no service refers to, only what `remembered` has too; all of it for null.
[[nodiscard]] reflect::SchemaSet hosted_schemas(const actor::Registry& registry, const reflect::SchemaSet* remembered);

}  // namespace troupe::host
