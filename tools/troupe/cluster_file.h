// The file of `troupe up`: which processes a cluster has, and how they are supervised. runtime/doc/supervision.md has
// every key.
#pragma once

#include <troupe/processes.h>

#include <filesystem>

namespace troupe::tool {

// What a cluster's file says.
struct ClusterFile {
  ProcessTreeOptions processes;
  // Named to the processes by kLinkSecretVariable, and made when the cluster goes up.
  std::filesystem::path link_secret;
  // Named to them by kTlsDirectoryVariable; empty: none.
  std::filesystem::path tls;
};

// Relative paths in it begin at its directory: log_dir, link_secret, tls, directories of processes (which run there if
// they name none), and programs that have a '/' in their name. Throws Error `invalid`: "FILE:LINE: what is wrong", or
// `not_found`.
[[nodiscard]] ClusterFile read_cluster(const std::filesystem::path& file);

}  // namespace troupe::tool
