// How loaded a node is, and what it turned away: for the node's view, and as metrics.
#pragma once

#include <vector>

#include "host/core.h"
#include "host/running.h"
#include "observe/inspection_source.h"

namespace troupe::host {

[[nodiscard]] observe::OverloadView overload_view(const NodeConfig& config, const Core& core, Running& running);
void add_overload(const observe::OverloadView& view, std::vector<observe::Metric>& metrics);

}  // namespace troupe::host
