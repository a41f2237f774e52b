// `troupe logs`: the lines that running nodes keep in memory, merged by their clocks; and `troupe logs level`.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "nodes.h"

namespace troupe::tool {

struct LogCommandOptions {
  bool follow = false;
  std::string level;
  std::string room;
  std::string actor;
  std::string trace;
  std::string part;   // --grep
  std::string since;  // "10m", "90s"
  long lines = 100;
  double for_s = 0;     // --for; 0: until Ctrl-C
  std::string setting;  // of `level`: "net=debug", "debug"; empty: show
};

// Prints as it goes. Gives the exit code; silent nodes are named on standard error.
[[nodiscard]] int show_logs(const std::function<Nodes()>& nodes, const LogCommandOptions& options, bool json);
[[nodiscard]] std::string show_log_levels(const Nodes& nodes, bool json);
[[nodiscard]] std::string set_log_level(const Nodes& nodes, const std::string& setting, bool json);

}  // namespace troupe::tool
