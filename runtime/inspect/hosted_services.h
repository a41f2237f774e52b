// The services that a node hosts, as its schemas describe them.
#pragma once

#include <vector>

#include "actor/registry.h"
#include "observe/inspection_source.h"

namespace troupe::inspect {

[[nodiscard]] std::vector<observe::ServiceView> hosted_services(const actor::Registry& registry);

}  // namespace troupe::inspect
