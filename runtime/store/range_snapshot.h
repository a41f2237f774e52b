// A copy of a key range of one partition, read page by page while commits go on.
//
// It is a fuzzy snapshot, as ZooKeeper takes them (Junqueira, Reed: "ZooKeeper", O'Reilly 2013, "Snapshots"): each page
// is of a later moment than the one before it. Whoever applies the write sets behind begins_at() to what was read, in
// their order, has the range as it was at each write set from ends_at() on: a write set says what a key's value is, not
// what changes in it, so to apply one twice does no harm. So no transaction stays open, and the node's store does not
// grow for the sake of a slow reader. The write sets come from the backlog (backlog.h): take a position first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "store/store.h"

namespace troupe::store {

// One thread at a time; the store outlives it, and is not a read-only one.
class RangeSnapshot {
 public:
  // `range` lies in the partition; partition_range() is all of it.
  RangeSnapshot(const Store& store, PartitionId partition, KeyRange range)
      : store_(store), partition_(partition), rest_(std::move(range)) {}

  // The next records, in key order and with their values in clear: up to `limit`, fewer when they are large, at least
  // one unless it has ended. `invalid`: a limit of 0, or no such partition. As Store::read_page().
  [[nodiscard]] Result<std::vector<Record>> next(std::size_t limit);
  [[nodiscard]] bool ended() const noexcept { return ended_; }

  // The partition's last write set when the first page was read, and when the last one was.
  [[nodiscard]] std::uint64_t begins_at() const noexcept { return begins_at_; }
  [[nodiscard]] std::uint64_t ends_at() const noexcept { return ends_at_; }

 private:
  const Store& store_;
  const PartitionId partition_;
  KeyRange rest_;
  bool begun_ = false;
  bool ended_ = false;
  std::uint64_t begins_at_ = 0;
  std::uint64_t ends_at_ = 0;
};

}  // namespace troupe::store
