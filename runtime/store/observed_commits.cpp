// What observers are told of commits, those of a batch that are on this disk; and what the queue counts.
#include "base/observer.h"
#include "store/commit_queue.h"
#include "store/lmdb/environment.h"
#include "store/log/commit_log.h"

namespace troupe::store {

void CommitQueue::tell_observer(Entries batch) const noexcept {
  const TimePoint now = std::chrono::steady_clock::now();
  for (const Entry& entry : batch) {
    if (entry.barrier || entry.invalid) continue;
    const Commit& commit = *entry.commit;
    options_.observer->on_commit({commit.partition, entry.bytes, entry.records, now - commit.submitted});
  }
}

CommitTimes CommitQueue::times() const noexcept {
  CommitTimes times;
  batches_.add_to(times.batches);
  syncs_.add_to(times.syncs);
  return times;
}

CommitStats CommitQueue::stats() const noexcept {
  const auto read = [](const std::atomic<std::uint64_t>& counter) { return counter.load(std::memory_order_relaxed); };
  CommitStats stats;
  stats.transactions = read(counters_.transactions);
  if (log_ != nullptr) stats.checkpoints = log_->checkpoints();
  stats.write_sets = read(counters_.write_sets);
  stats.barriers = read(counters_.barriers);
  stats.bytes = read(counters_.bytes);
  stats.refused = read(counters_.refused);
  stats.failures = read(counters_.failures);
  stats.last_batch = read(counters_.last_batch);
  stats.last_commit_us = read(counters_.last_commit_us);
  stats.mean_commit_us = read(counters_.mean_commit_us);
  stats.map_growths = environment_.growths();
  if (stats.transactions != 0)
    stats.mean_batch = static_cast<double>(stats.write_sets) / static_cast<double>(stats.transactions);
  return stats;
}

}  // namespace troupe::store
