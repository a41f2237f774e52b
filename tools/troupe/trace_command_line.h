// The part of the command line that names the commands on traces.
#pragma once

#include "stored_data_command_line.h"
#include "trace_commands.h"

namespace troupe::tool {

// `trace ls`, `trace show`, `trace export`. `nodes` and `json` are asked when a command runs.
void add_traces(CLI::App& app, TraceOptions& options, const AddCommand& add, const std::function<Nodes()>& nodes,
                const bool& json);

}  // namespace troupe::tool
