// The coordinator in an etcd, v3, by its JSON gateway. Records and sessions lie below one prefix (KeySpace in
// messages.h); an etcd's revision is the version.
#pragma once

#include <memory>

#include "coordinator/config.h"
#include "coordinator/coordinator.h"

namespace troupe::coordinator::etcd {

// Asks etcd nothing yet. `invalid`: a configuration that cannot be.
[[nodiscard]] Result<std::unique_ptr<Coordinator>> open_etcd(const CoordinatorConfig& config);

}  // namespace troupe::coordinator::etcd
