// `troupe up`: runs the processes of a cluster under supervision until it is told to stop.
#pragma once

#include <string>

namespace troupe::tool {

struct UpOptions {
  std::string file;
  bool check = false;  // only say whether the file can be used, and what it declares
  bool quiet = false;  // what programs print goes to their logs alone
  bool json = false;   // one JSON object a line
};

// Signals that stop it are blocked for the whole process while it runs; a second one kills at once. The exit code:
// 0 stopped as told, 1 given up or shut down by itself, 2 the file is wrong, 3 it did not start, 130 killed. Prints as
// it goes.
[[nodiscard]] int up(const UpOptions& options);

}  // namespace troupe::tool
