// Write sets of one partition that follow each other, as they leave the store for whoever follows the partition.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "store/log/log_frame.h"
#include "troupe/ids.h"

namespace troupe::store {

struct SetRun {
  PartitionId partition = 0;
  std::uint64_t epoch = 0;  // in which all of them were decided
  // Their numbers: all from the first to the last.
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  // A frame (log_frame.h) of log id 0, whose batch number is `first`. Its values are in clear also when this store
  // seals its own, for another store has other keys.
  std::shared_ptr<const std::vector<std::byte>> frame = {};
};

// The runs of a batch, each partition's in the order of their numbers. `wanted`: says which partitions; empty: all.
[[nodiscard]] std::vector<SetRun> runs_of(std::span<const NumberedSet> batch,
                                          const std::function<bool(PartitionId)>& wanted = {});

// The write sets of a run that came from elsewhere; nothing when the bytes are no whole and undamaged run of that
// partition with all those numbers.
[[nodiscard]] std::optional<FrameView> parse_run(const SetRun& run) noexcept;

}  // namespace troupe::store
