// The file of `troupe up`: which processes a cluster has, and how they are supervised. runtime/doc/supervision.md has
// every key.
#pragma once

#include <troupe/processes.h>

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "scale_policy.h"

namespace troupe::tool {

// Which node a process is, to whom that matters: who has it give what it owns before it is stopped.
struct NodeOfProcess {
  std::string name;  // the member's
  std::filesystem::path data_dir;
  friend bool operator==(const NodeOfProcess&, const NodeOfProcess&) = default;
};

// Processes that come and go, by how long calls wait: [scale].
struct Scale {
  static constexpr unsigned kMost = 64;
  struct Process {
    ChildSpec child;
    std::optional<NodeOfProcess> node;
  };
  ScaleRules rules;
  std::chrono::milliseconds look_every{1'000};
  std::vector<Process> processes{};  // as many as there may be, in the order they come; they go in reverse
};

// What a cluster's file says.
struct ClusterFile {
  // What the file says of the environment of all is in that of each; theirs has what `troupe up` adds.
  ProcessTreeOptions processes;
  std::map<std::string, NodeOfProcess> nodes;  // by the id of the process
  std::optional<Scale> scale;                  // as many of them as `min` are among the processes
  // Named to the processes by kLinkSecretVariable, and made when the cluster goes up.
  std::filesystem::path link_secret;
  // Named to them by kTlsDirectoryVariable; empty: none.
  std::filesystem::path tls;
};

// Relative paths in it begin at its directory: log_dir, link_secret, tls, directories of processes (which run there if
// they name none), data directories of nodes, and programs that have a '/' in their name. Throws Error `invalid`:
// "FILE:LINE: what is wrong", or `not_found`.
[[nodiscard]] ClusterFile read_cluster(const std::filesystem::path& file);

// How many of [scale] are among its processes, and has it have the first `count` of them, last at the top; no fewer
// than `min`, no more than `max`.
[[nodiscard]] unsigned scaled_in(const ClusterFile& file);
void set_scaled(ClusterFile& file, unsigned count);

}  // namespace troupe::tool
