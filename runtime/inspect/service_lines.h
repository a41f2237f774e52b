// Services for people: their state and methods in one line each.
#pragma once

#include <vector>

#include "reflect/schema_set.h"
#include "troupe/offline.h"

namespace troupe::inspect {

// In order of name. `corrupt`: a schema cannot be read.
[[nodiscard]] Result<std::vector<OfflineService>> service_lines(const reflect::SchemaBook& book,
                                                                const std::vector<reflect::ServiceSchema>& services);

}  // namespace troupe::inspect
