// The replicator is called without the lock. The teller is given commits under it: so the order of a lane stays.
#include "store/replication.h"

#include <algorithm>

namespace troupe::store {
namespace {

std::shared_ptr<const Error> unknown(const char* why) {
  return std::make_shared<const Error>(ErrorKind::unknown_outcome, why);
}

}  // namespace

Replication::Replication(Replicator& replicator, Teller& teller, std::span<const std::uint64_t> on_disk)
    : replicator_(replicator),
      teller_(teller),
      fenced_(unknown("the partition went to another owner before its copies had this; the new owner may have it")),
      given_up_(unknown("the node stopped before the copies of the partition had this; they may have it")),
      lanes_(on_disk.size()) {
  for (std::size_t i = 0; i < on_disk.size(); ++i) lanes_[i].replicated = on_disk[i];
}

void Replication::pass(std::span<const Ended> ended, std::span<const SetRun> runs) noexcept {
  {
    const std::lock_guard lock(mutex_);
    for (const Ended& one : ended) enter(one);
  }
  for (const SetRun& run : runs) {
    if (run.epoch >= epoch(run.partition)) replicator_.on_disk(run);
  }
}

void Replication::enter(const Ended& ended) {
  const Commit& commit = *ended.commit;
  if (commit.partition >= lanes_.size()) return teller_.hand_over({&ended, 1});  // refused: there is no such partition
  Lane& lane = lanes_[commit.partition];
  if (ended.error == nullptr && commit.epoch < lane.epoch) {  // fenced while it was written
    lane.ended.push_back({ended.commit, fenced_});
  } else {
    lane.ended.push_back(ended);
  }
  waiting_.fetch_add(1, std::memory_order_relaxed);
  release(lane);
}

void Replication::release(Lane& lane) {
  while (!lane.ended.empty()) {
    const Ended& first = lane.ended.front();
    if (first.error == nullptr && first.commit->sequence > lane.replicated) return;
    waiting_.fetch_sub(1, std::memory_order_relaxed);
    teller_.hand_over({&first, 1});
    lane.ended.pop_front();
  }
}

void Replication::replicated(PartitionId partition, std::uint64_t sequence) noexcept {
  if (partition >= lanes_.size()) return;
  const std::lock_guard lock(mutex_);
  Lane& lane = lanes_[partition];
  lane.replicated = std::max(lane.replicated, sequence);
  release(lane);
}

void Replication::fence(PartitionId partition, std::uint64_t epoch) noexcept {
  if (partition >= lanes_.size()) return;
  const std::lock_guard lock(mutex_);
  Lane& lane = lanes_[partition];
  if (epoch <= lane.epoch) return;
  lane.epoch = epoch;
  for (Ended& one : lane.ended) {
    if (one.error == nullptr && one.commit->epoch < epoch) one.error = fenced_;
  }
  release(lane);
}

void Replication::give_up() noexcept {
  const std::lock_guard lock(mutex_);
  for (Lane& lane : lanes_) {
    for (Ended& one : lane.ended) {
      if (one.error == nullptr) one.error = given_up_;
    }
    release(lane);
  }
}

std::uint64_t Replication::epoch(PartitionId partition) const noexcept {
  const std::lock_guard lock(mutex_);
  return partition < lanes_.size() ? lanes_[partition].epoch : 0;
}

std::size_t Replication::waiting(PartitionId partition) const noexcept {
  const std::lock_guard lock(mutex_);
  return partition < lanes_.size() ? lanes_[partition].ended.size() : 0;
}

}  // namespace troupe::store
