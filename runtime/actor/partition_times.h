// The time by which each partition's actors date what they keep. It is the node's, and goes on without a step when the
// partition comes from another node: then it leads the node's by what the two differed. So what was forgotten there,
// and when a call was first made, are compared as if the partition had never moved. partition/ changes it.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>

#include "base/node_time.h"
#include "base/partition_kinds.h"

namespace troupe::actor {

// Any thread; a partition's lead changes while it is closed.
class PartitionTimes {
 public:
  explicit PartitionTimes(const NodeTime& node) noexcept : node_(node) {}

  [[nodiscard]] std::uint64_t now(PartitionId partition) const noexcept { return of_node(partition, node_.now()); }
  // What it was when the node's time was that. The ends stay what they are: they say that nobody knows.
  [[nodiscard]] std::uint64_t of_node(PartitionId partition, std::uint64_t node_ms) const noexcept {
    if (!has_rows(partition) || node_ms == 0 || node_ms == ~std::uint64_t{0}) return node_ms;
    return moved(node_ms, lead(partition));
  }
  [[nodiscard]] std::uint64_t to_node(PartitionId partition, std::uint64_t partition_ms) const noexcept {
    if (!has_rows(partition) || partition_ms == 0 || partition_ms == ~std::uint64_t{0}) return partition_ms;
    return moved(partition_ms, -lead(partition));
  }
  [[nodiscard]] std::int64_t lead(PartitionId partition) const noexcept {
    return has_rows(partition) ? leads_[partition].load(std::memory_order_relaxed) : 0;
  }
  void set_lead(PartitionId partition, std::int64_t lead_ms) noexcept {
    if (has_rows(partition)) leads_[partition].store(lead_ms, std::memory_order_relaxed);
  }

 private:
  static constexpr std::uint64_t kLast = ~std::uint64_t{0} - 1;
  [[nodiscard]] static std::uint64_t moved(std::uint64_t ms, std::int64_t by) noexcept {
    if (by < 0) return ms - std::min(ms - 1, static_cast<std::uint64_t>(-by));
    return ms + std::min(kLast - ms, static_cast<std::uint64_t>(by));
  }

  const NodeTime& node_;
  std::array<std::atomic<std::int64_t>, kPartitions> leads_{};
};

}  // namespace troupe::actor
