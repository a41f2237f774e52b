#include "store/backlog.h"

#include <algorithm>
#include <new>
#include <string>

namespace troupe::store {

Result<std::unique_ptr<Backlog::Position>> Backlog::hold(PartitionId partition) {
  if (partition >= kPartitions) return hold(partition, 0);
  const std::lock_guard between_batches(writing_);
  const std::lock_guard lock(mutex_);
  return take_position(partition, on_disk(partition));
}

Result<std::unique_ptr<Backlog::Position>> Backlog::hold(PartitionId partition, std::uint64_t sequence) {
  if (partition >= kPartitions)
    return Error(ErrorKind::invalid, "there is no partition " + std::to_string(partition) + "; there are " +
                                         std::to_string(kPartitions) + ", from 0 on");
  const std::lock_guard between_batches(writing_);
  const std::lock_guard lock(mutex_);
  if (sequence > on_disk(partition))
    return Error(ErrorKind::invalid, "partition " + std::to_string(partition) + " has come to write set " +
                                         std::to_string(on_disk(partition)) + ", not to " + std::to_string(sequence));
  if (auto reaches = reaches_back_to(partition, sequence); !reaches) return reaches.error();
  return take_position(partition, sequence);
}

Result<std::unique_ptr<Backlog::Position>> Backlog::take_position(PartitionId partition, std::uint64_t sequence) {
  Part& part = parts_[partition];
  if (part.positions.empty()) part.last = on_disk(partition);
  if (part.positions.size() >= kMaxPositions)
    return Error(ErrorKind::overloaded, std::to_string(kMaxPositions) + " positions are held in partition " +
                                            std::to_string(partition) + ", and no more may be");
  part.positions.insert(sequence);
  held_.fetch_add(1, std::memory_order_relaxed);
  return std::unique_ptr<Position>(new Position(*this, partition, sequence));
}

std::size_t Backlog::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

// --- a position ---

Backlog::Position::~Position() {
  const std::lock_guard lock(backlog_.mutex_);
  backlog_.release(partition_, sequence_);
}

void Backlog::Position::advance(std::uint64_t sequence) {
  const std::lock_guard lock(backlog_.mutex_);
  Part& part = backlog_.parts_.at(partition_);
  sequence = std::min(sequence, part.last);
  if (sequence <= sequence_) return;
  part.positions.erase(part.positions.find(sequence_));
  part.positions.insert(sequence);
  sequence_ = sequence;
  backlog_.drop_unneeded(part);
}

Result<std::vector<SetRun>> Backlog::Position::read(std::size_t max_bytes) const {
  const std::lock_guard lock(backlog_.mutex_);
  if (auto reaches = backlog_.reaches_back_to(partition_, sequence_); !reaches) return reaches.error();
  std::vector<SetRun> runs;
  std::size_t bytes = 0;
  for (const Kept& kept : backlog_.parts_.at(partition_).kept) {
    if (kept.run.last <= sequence_) continue;
    if (!runs.empty() && bytes + kept.run.frame->size() > max_bytes) break;
    bytes += kept.run.frame->size();
    runs.push_back(kept.run);
  }
  return runs;
}

// --- the writer thread ---

bool Backlog::Writing::wanted(PartitionId partition) const {
  const std::lock_guard lock(backlog_.mutex_);
  return backlog_.parts_.contains(partition);
}

void Backlog::Writing::done(std::span<const SetRun> runs) noexcept {
  if (!wanted()) return;
  const std::lock_guard lock(backlog_.mutex_);
  for (const SetRun& run : runs) backlog_.keep(run);
}

// --- what is kept ---

Result<void> Backlog::reaches_back_to(PartitionId partition, std::uint64_t sequence) const {
  const auto part = parts_.find(partition);
  const std::uint64_t first = part == parts_.end()        ? on_disk(partition) + 1
                              : part->second.kept.empty() ? part->second.last + 1
                                                          : part->second.kept.front().run.first;
  if (sequence + 1 >= first) return {};
  return Error(ErrorKind::unavailable, kGone,
               "write sets " + std::to_string(sequence + 1) + " to " + std::to_string(first - 1) + " of partition " +
                   std::to_string(partition) + " are not kept any more; copy the partition anew");
}

void Backlog::keep(const SetRun& run) noexcept {
  const auto found = parts_.find(run.partition);
  if (found == parts_.end()) return;  // its last position has gone meanwhile
  Part& part = found->second;
  part.last = run.last;
  try {
    part.kept.push_back({run, next_arrival_});
    bytes_ += run.frame->size();
    arrivals_.emplace(next_arrival_++, run.partition);
  } catch (const std::bad_alloc&) {  // a gap would be worse than nothing
    while (!part.kept.empty()) drop_first(part);
  }
  while (bytes_ > max_bytes_) drop_first(parts_.at(arrivals_.begin()->second));
}

void Backlog::drop_unneeded(Part& part) {
  while (!part.kept.empty() && part.kept.front().run.last <= *part.positions.begin()) drop_first(part);
}

void Backlog::drop_first(Part& part) {
  const Kept& first = part.kept.front();
  bytes_ -= first.run.frame->size();
  arrivals_.erase(first.arrival);
  part.kept.pop_front();
}

void Backlog::release(PartitionId partition, std::uint64_t sequence) {
  Part& part = parts_.at(partition);
  part.positions.erase(part.positions.find(sequence));
  held_.fetch_sub(1, std::memory_order_relaxed);
  if (!part.positions.empty()) return drop_unneeded(part);
  while (!part.kept.empty()) drop_first(part);
  parts_.erase(partition);
}

}  // namespace troupe::store
