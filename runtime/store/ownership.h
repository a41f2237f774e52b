// Which partitions a store is answerable for: those that its node owned when it last started.
//
// In a file of the data directory, `owned.partitions`: a line `troupe-owned 1`, and one of 64 hexadecimal digits, a bit
// for each partition, the first in the highest bit of the first digit. A node whose list of members gives it more has
// to have been given what the others held; a directory without the file never said.
#pragma once

#include <bitset>
#include <filesystem>
#include <optional>

#include "troupe/error.h"
#include "troupe/ids.h"

namespace troupe::store {

using PartitionSet = std::bitset<kPartitions>;

// Nothing: it never said.
[[nodiscard]] Result<std::optional<PartitionSet>> read_owned(const std::filesystem::path& directory);
// Durably, and whole or not at all; nothing is written when it is so already. By whoever holds the store's lock.
[[nodiscard]] Result<void> remember_owned(const std::filesystem::path& directory, const PartitionSet& owned);

}  // namespace troupe::store
