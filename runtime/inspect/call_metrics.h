// How calls fare that a node makes, as metrics: retries, hedges, breakers and bulkheads of NodeConfig::calls, and
// pools.
#pragma once

#include <vector>

#include "host/node_routing.h"
#include "inspect/families.h"
#include "observe/inspection_source.h"

namespace troupe::inspect {

// Of what an entry does not turn on there is no metric.
void add_calls(const host::NodeRouting& routing, Families& metrics);
void add_pools(const std::vector<observe::PoolView>& pools, Families& metrics);

}  // namespace troupe::inspect
