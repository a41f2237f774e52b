// The coordinator in an etcd, v3, by its JSON gateway.
#pragma once

#include <memory>

#include "coordinator/config.h"
#include "coordinator/coordinator.h"

namespace troupe::coordinator::etcd {

// Asks etcd nothing yet.
[[nodiscard]] Result<std::unique_ptr<Coordinator>> open_etcd(const CoordinatorConfig& config);

}  // namespace troupe::coordinator::etcd
