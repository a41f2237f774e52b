// What the store asks of whoever keeps copies of a partition elsewhere. The store has none of its own: without one a
// commit is told when it is on this disk.
#pragma once

#include <cstdint>

#include "troupe/ids.h"

namespace troupe::store {

class Replicator {
 public:
  // Write sets of one partition, with all numbers from `first` to `last`.
  struct Run {
    PartitionId partition = 0;
    std::uint64_t epoch = 0;
    std::uint64_t first = 0;
    std::uint64_t last = 0;
  };
  // The run is on this disk. Its commits, and what was submitted behind them in this partition, wait until
  // CommitQueue::replicated() or fence() says how they end; both may be called in here. On the writer thread, run by
  // run in the order of their numbers: it must not block, or it holds up every partition.
  virtual void on_disk(const Run& run) noexcept = 0;

 protected:
  ~Replicator() = default;
};

}  // namespace troupe::store
