// `troupe doctor`: looks at the nodes of a cluster, their disks, processes and files, and says what is wrong with each
// and what to do. doctor_findings.h judges; this asks and prints.
#pragma once

#include <string>

#include "nodes.h"

namespace troupe::tool {

struct DoctorOptions {
  std::string file;          // a node's TOML, or that of `troupe up`; empty: none
  std::string certificates;  // a directory as `troupe cert` lays it out
  bool deep = false;         // read the stores of stopped nodes as `troupe db verify` does
  long syncs = 64;
};

// Exit code 1: something fails. Nodes that do not answer are noted in `silent`, and main() ends with 3.
[[nodiscard]] Shown show_doctor(const Selection& selection, const DoctorOptions& options,
                                std::chrono::milliseconds timeout, SilentNodes& silent, bool json);

}  // namespace troupe::tool
