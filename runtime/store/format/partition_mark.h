// What a store says of one of its partitions: whether it has all of it, and since which epoch. A partition without a
// mark was never given from node to node: what is there is all there is.
//
// The mark is a row of the partition itself (KeyKind::partition), so that it is on disk with what it speaks of, in that
// order. It stays behind when the partition goes to another node, which writes its own.
//
// Layout of the row (row.h), little-endian:
//   16  u64  1: taking, 2: whole
//   24  u64  the epoch
//   32  i64  time_lead_ms
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/epoch.h"
#include "troupe/error.h"

namespace troupe::store {

struct PartitionMark {
  enum class State : std::uint64_t {
    taking = 1,  // it was begun to be taken from its owner, and is not all here
    whole = 2    // all of it is here, as it was when the epoch began
  };
  State state = State::whole;
  // taking: in which the owner led it; whole: in which this node led it last, or may be about to.
  Epoch epoch = 0;
  // The time by which the partition's replies are dated is so much ahead of the node's own.
  std::int64_t time_lead_ms = 0;
  friend bool operator==(const PartitionMark&, const PartitionMark&) = default;
};

[[nodiscard]] std::vector<std::byte> encode(const PartitionMark& mark);
[[nodiscard]] Result<PartitionMark> parse_partition_mark(std::span<const std::byte> row);

}  // namespace troupe::store
