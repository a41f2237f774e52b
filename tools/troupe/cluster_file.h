// The file of `troupe up`: which processes a cluster has, and how they are supervised. tools/troupe/example/cluster.toml
// has every key.
#pragma once

#include <troupe/processes.h>

#include <filesystem>

namespace troupe::tool {

// Relative paths in it begin at its directory. Throws Error `invalid`: "FILE:LINE: what is wrong", or `not_found`.
[[nodiscard]] ProcessTreeOptions read_cluster(const std::filesystem::path& file);

}  // namespace troupe::tool
