// The commands about traces: trace ls, show, export. Each asks every node for what it holds; one that does not answer
// is named behind what is printed.
#pragma once

#include <cstddef>
#include <string>

#include "nodes.h"

namespace troupe::tool {

struct TraceOptions {
  std::string id;
  std::string which = "recent";
  std::size_t limit = 20;
  std::string perfetto;  // a file
};

[[nodiscard]] std::string list_traces(const Nodes& nodes, const TraceOptions& options, bool json);
[[nodiscard]] std::string show_trace(const Nodes& nodes, const TraceOptions& options, bool json);
// Writes the file. A trace that no node holds is kNotFound, and then there is no file.
[[nodiscard]] std::string export_trace(const Nodes& nodes, const TraceOptions& options, bool json);

}  // namespace troupe::tool
