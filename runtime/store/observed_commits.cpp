// What observers are told of commits: those of a batch that are on this disk.
#include "base/observer.h"
#include "store/commit_queue.h"

namespace troupe::store {

void CommitQueue::tell_observer(Entries batch) const noexcept {
  const TimePoint now = std::chrono::steady_clock::now();
  for (const Entry& entry : batch) {
    if (entry.barrier || entry.invalid) continue;
    const Commit& commit = *entry.commit;
    options_.observer->on_commit({commit.partition, entry.bytes, entry.records, now - commit.submitted});
  }
}

}  // namespace troupe::store
