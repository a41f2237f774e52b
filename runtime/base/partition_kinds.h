// The two kinds of partitions. Durable actors lie in those that ids.h counts: they have rows, and go nowhere without
// them. Actors that keep nothing lie in as many others, numbered behind: they have no rows, so another member can have
// them at once when theirs is lost.
#pragma once

#include "troupe/ids.h"

namespace troupe {

// Partitions of both kinds: those with rows first.
inline constexpr PartitionId kAllPartitions = 2 * kPartitions;

[[nodiscard]] constexpr bool has_rows(PartitionId partition) noexcept { return partition < kPartitions; }

// Where actors lie that belong to no partition: those of pools, and pinned ones. Each node leads it for itself, and no
// view says who owns it.
inline constexpr PartitionId kEverywhere = kAllPartitions;
inline constexpr std::size_t kPlaces = std::size_t{kAllPartitions} + 1;

// Where (service, key) belongs, of a service that is durable or not.
[[nodiscard]] inline PartitionId partition_of(std::uint64_t service, std::string_view key, bool durable) noexcept {
  return static_cast<PartitionId>(partition_of(service, key) + (durable ? 0 : kPartitions));
}

}  // namespace troupe
