// What is still on its way between the nodes, as they say themselves.
#pragma once

#include <cstdint>
#include <string>

#include "crash/storm/cluster.h"

namespace troupe::storm {

// Messages that wait in the outbox of a running node. Throws std::runtime_error when it does not say.
[[nodiscard]] std::uint64_t waiting_messages(const Cluster& cluster, std::size_t node);
// The same of the files that a stopped one left.
[[nodiscard]] std::uint64_t messages_in_files(const Cluster& cluster, std::size_t node);

}  // namespace troupe::storm
