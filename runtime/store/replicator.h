// What the store asks of whoever keeps copies of a partition elsewhere. The store has none of its own: without one a
// commit is told when it is on this disk.
#pragma once

#include "store/set_run.h"

namespace troupe::store {

// Called on the writer thread, run by run in the order of their numbers: it must not block, or it holds up every
// partition.
class Replicator {
 public:
  // Copies may be made of the run from now on; on_disk() follows. This disk has it not yet, so that its sync and the
  // way to the copies take the same time; a run too large for the log is shipped when it is on this disk. When this
  // disk fails instead, on_disk() does not follow, and the queue has stopped for good.
  virtual void ship(const SetRun& run) noexcept = 0;
  // The run is on this disk. Its commits, and what was submitted behind them in this partition, wait until
  // CommitQueue::replicated() or fence() says how they end; both may be called in here. Not called for a run that was
  // fenced meanwhile.
  virtual void on_disk(const SetRun& run) noexcept = 0;

 protected:
  ~Replicator() = default;
};

}  // namespace troupe::store
