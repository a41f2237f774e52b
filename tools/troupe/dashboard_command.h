// `troupe dashboard`: pages for a browser that show the nodes chosen, served by this process until a signal.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "nodes.h"

namespace troupe::tool {

struct DashboardRun {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;
  std::string token_file;  // empty: a token by chance
  bool no_token = false;
  bool write = false;
  std::vector<std::string> hosts;
  std::string certificate, key;  // PEM files
  long viewers = 16;
  long refresh_ms = 2'000;
  bool json = false;
};

// Prints where it is, and returns the exit code after SIGINT or SIGTERM. Throws a Failure: the nodes cannot be chosen,
// or the address cannot be had.
[[nodiscard]] int run_dashboard(const Selection& selection, const DashboardRun& run,
                                std::chrono::milliseconds patience);

}  // namespace troupe::tool
