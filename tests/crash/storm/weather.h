// What happens to the cluster: deaths at random moments and at chosen stages, stalls, cut links, handlers that throw or
// do not return, slow disks, a driver that restarts. On the thread that owns the cluster.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>

#include "crash/storm/cluster.h"

namespace troupe::storm {

struct Weather {
  std::uint64_t kills = 0;  // by SIGKILL from outside
  std::uint64_t dooms = 0;  // at a stage, by their own hand
  std::uint64_t stalls = 0;
  std::uint64_t cuts = 0;
  std::array<std::uint64_t, kMischiefs> mischiefs{};
  std::uint64_t unhealthy = 0;  // nodes that ended by their own verdict
  std::uint64_t restarts = 0;   // of the driver's node
  std::uint64_t drains = 0;     // of members that come and go, and back
};

// For as long as that; then every node is up, and none is doomed.
[[nodiscard]] Weather rage(Cluster& cluster, std::uint64_t seed, std::chrono::milliseconds duration);

}  // namespace troupe::storm
