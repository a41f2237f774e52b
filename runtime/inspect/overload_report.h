// How loaded a node is, and what it turned away: for the node's view, and as metrics.
#pragma once

#include "host/node_parts.h"
#include "host/node_routing.h"
#include "inspect/families.h"
#include "observe/inspection_source.h"

namespace troupe::inspect {

[[nodiscard]] observe::OverloadView overload_view(const NodeConfig& config, const host::NodeRouting& routing,
                                                  host::NodeParts& running);
void add_overload(const observe::OverloadView& view, Families& metrics);

}  // namespace troupe::inspect
