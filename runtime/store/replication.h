// The stage between "on this disk" and "told", of a queue that has a replicator: commits wait in a lane for each
// partition until the replicator has copies of them. A lane that waits holds up no other.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "store/replicator.h"
#include "store/teller.h"
#include "troupe/error.h"
#include "troupe/ids.h"

namespace troupe::store {

class Replication {
 public:
  // Both outlive it. What is on disk when the queue opens counts as replicated.
  Replication(Replicator& replicator, Teller& teller, std::span<const std::uint64_t> on_disk);

  // The writer thread's.
  void ship(std::span<const SetRun> runs) noexcept {
    for (const SetRun& run : runs) replicator_.ship(run);
  }
  // The writer thread's, in the order of submission: offers the runs that are on this disk now, and tells what waits
  // for nothing.
  void pass(std::span<const Ended> ended, std::span<const SetRun> runs) noexcept;
  // Any thread: the partition's write sets up to this number have their copies.
  void replicated(PartitionId partition, std::uint64_t sequence) noexcept;
  // Any thread: what waits in the partition, and what comes and was decided in an earlier epoch, fails.
  void fence(PartitionId partition, std::uint64_t epoch) noexcept;
  // Fails whatever waits, in all partitions.
  void give_up() noexcept;

  // Commits are taken of this epoch and later ones. Any thread.
  [[nodiscard]] std::uint64_t epoch(PartitionId partition) const noexcept;
  // Commits that wait in one lane, or in all. Any thread.
  [[nodiscard]] std::size_t waiting(PartitionId partition) const noexcept;
  [[nodiscard]] std::size_t waiting() const noexcept { return waiting_.load(std::memory_order_relaxed); }

 private:
  struct Lane {
    std::deque<Ended> ended;
    std::uint64_t replicated = 0;
    std::uint64_t epoch = 0;
  };
  void enter(const Ended& ended);
  void release(Lane& lane);

  Replicator& replicator_;
  Teller& teller_;
  const std::shared_ptr<const Error> fenced_, given_up_;
  mutable std::mutex mutex_;
  std::vector<Lane> lanes_;
  std::atomic<std::size_t> waiting_{0};
};

}  // namespace troupe::store
