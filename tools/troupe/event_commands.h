// The command about turns that were: `events`. It gives what it was told, as a table or as JSON, or throws a Failure.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "stored_data_command_line.h"

namespace troupe::tool {

struct EventOptions {
  std::string actor;  // empty: of all
  std::size_t last = 20;
};

// `nodes` and `json` are asked when the command runs.
void add_events(CLI::App& app, EventOptions& options, const AddCommand& add, const std::function<Nodes()>& nodes,
                const bool& json);
[[nodiscard]] std::string show_events(const Nodes& nodes, const EventOptions& options, bool json);

}  // namespace troupe::tool
