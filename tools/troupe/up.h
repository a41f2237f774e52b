// `troupe up`: runs the processes of a cluster under supervision until it is told to stop.
#pragma once

#include <string>

#include "running_cluster.h"

namespace troupe::tool {

struct UpOptions {
  std::string file;
  bool check = false;   // only say whether the file can be used, and what it declares
  bool quiet = false;   // what programs print goes to their logs alone
  bool json = false;    // one JSON object a line
  bool reload = false;  // have the `troupe up` of this file read it again (reload.h)
  RollOptions roll{};   // of a reload
};

// Prints as it goes, and gives the exit code: 0 stopped as told or shut down by itself, 1 given up or not started, 130
// killed by a second signal. Throws the Failure that the file is wrong. Signals that stop it are blocked for the whole
// process from then on.
[[nodiscard]] int run_up(const UpOptions& options);

}  // namespace troupe::tool
