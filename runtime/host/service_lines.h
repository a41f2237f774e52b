// Services for people: their state and methods in one line each.
#pragma once

#include <vector>

#include "troupe/offline.h"
#include "wire/schema_set.h"

namespace troupe::host {

// In order of name. `corrupt`: a schema cannot be read.
[[nodiscard]] Result<std::vector<OfflineService>> service_lines(const wire::SchemaBook& book,
                                                                const std::vector<wire::ServiceSchema>& services);

}  // namespace troupe::host
