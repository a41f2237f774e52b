// What the meters of a node have counted, as metrics and as the graph of calls.
#pragma once

#include "inspect/families.h"
#include "observe/graph_view.h"
#include "telemetry/meters.h"

namespace troupe::inspect {

void add_turns(const telemetry::Meters& meters, Families& out);
void add_edges(const telemetry::Meters& meters, Families& out);

[[nodiscard]] std::vector<observe::EdgeView> edges_of(const telemetry::Meters& meters);
[[nodiscard]] std::vector<observe::MethodCountsView> methods_of(const telemetry::Meters& meters);

}  // namespace troupe::inspect
