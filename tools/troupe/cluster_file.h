// The file of `troupe up`: which processes a cluster has, and how they are supervised. runtime/doc/supervision.md has
// every key.
#pragma once

#include <troupe/processes.h>

#include <filesystem>

namespace troupe::tool {

// Relative paths in it begin at its directory: log_dir, directories of processes (which run there if they name none),
// and programs that have a '/' in their name. Throws Error `invalid`: "FILE:LINE: what is wrong", or `not_found`.
[[nodiscard]] ProcessTreeOptions read_cluster(const std::filesystem::path& file);

}  // namespace troupe::tool
