// The graph of calls as JSON: "edges" of who calls whom, "methods" with their turns. Counts since the node started.
#pragma once

#include "observe/graph_view.h"
#include "observe/views_json.h"

namespace troupe::observe {

[[nodiscard]] Json to_json(const GraphView& graph);

}  // namespace troupe::observe
