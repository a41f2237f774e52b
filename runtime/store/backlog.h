// The write sets that somebody still needs: whoever follows a partition and was away for a moment, or copies it, goes
// on from the number that it has. What the backlog does not reach back to is copied anew (range_snapshot.h).
//
// It is in memory and bounded, as the replication backlog of Redis is (its replication page, "partial
// resynchronization"): the log in front of LMDB is used again after each checkpoint, and a follower that needs more
// than the backlog has is so far behind that a copy is no slower. Nobody holds a position: nothing is kept, and a batch
// pays for one lock that nobody else wants.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <vector>

#include "store/set_run.h"
#include "troupe/error.h"
#include "troupe/ids.h"

namespace troupe::store {

// Bytes of all partitions together; past it the oldest runs go, whoever needs them.
inline constexpr std::size_t kMaxBacklogBytes = std::size_t{64} << 20;
// Positions that may be held in one partition.
inline constexpr std::size_t kMaxPositions = 64;
// Error::code() of a read of what is not kept any more, or never was.
inline constexpr const char* kGone = "gone";

class Backlog {
 public:
  // A position in a partition: what comes behind it is kept, as far as the bound goes. Goes before the backlog.
  class Position {
   public:
    ~Position();
    Position(const Position&) = delete;
    Position& operator=(const Position&) = delete;
    [[nodiscard]] PartitionId partition() const noexcept { return partition_; }
    // One thread at a time. The holder has everything up to here.
    [[nodiscard]] std::uint64_t sequence() const noexcept { return sequence_; }
    // Everything up to `sequence` is not needed any more; an earlier one changes nothing, and one that the partition
    // has not come to is taken for its last.
    void advance(std::uint64_t sequence);
    // The runs behind the position, oldest first: up to about `max_bytes`, and at least one if there is one; none: the
    // position is that of the partition. They are on this disk. unavailable, kGone: the bound has taken the next one;
    // the partition has to be copied anew.
    [[nodiscard]] Result<std::vector<SetRun>> read(std::size_t max_bytes) const;

   private:
    friend class Backlog;
    Position(Backlog& backlog, PartitionId partition, std::uint64_t sequence)
        : backlog_(backlog), partition_(partition), sequence_(sequence) {}
    Backlog& backlog_;
    const PartitionId partition_;
    std::uint64_t sequence_;
  };

  using Sequences = std::array<std::atomic<std::uint64_t>, kPartitions>;
  // `sequences`: what is on disk, by partition; outlives the backlog.
  Backlog(std::size_t max_bytes, const Sequences& sequences) : max_bytes_(max_bytes), sequences_(sequences) {}
  Backlog(const Backlog&) = delete;
  Backlog& operator=(const Backlog&) = delete;

  // --- any thread; these wait for the batch that is being written ---
  // From the partition's present number on.
  [[nodiscard]] Result<std::unique_ptr<Position>> hold(PartitionId partition);
  // Behind that number. unavailable, kGone: not everything behind it is kept. invalid: the partition has not come so
  // far.
  [[nodiscard]] Result<std::unique_ptr<Position>> hold(PartitionId partition, std::uint64_t sequence);

  // --- any thread ---
  [[nodiscard]] std::size_t bytes() const;

  // --- the writer thread ---
  // While a batch is numbered and written: nobody takes a position in its midst.
  class Writing {
   public:
    explicit Writing(Backlog& backlog) : backlog_(backlog), lock_(backlog.writing_) {}
    [[nodiscard]] bool wanted() const noexcept { return backlog_.held_.load(std::memory_order_relaxed) != 0; }
    [[nodiscard]] bool wanted(PartitionId partition) const;
    // They are on disk, and the sequences say so: all runs of the wanted partitions, and maybe others.
    void done(std::span<const SetRun> runs) noexcept;

   private:
    Backlog& backlog_;
    std::unique_lock<std::mutex> lock_;
  };

 private:
  struct Kept {
    SetRun run;
    std::uint64_t arrival;  // among all runs
  };
  struct Part {
    std::uint64_t last = 0;  // of the partition
    std::deque<Kept> kept;   // without a gap, up to the last
    std::multiset<std::uint64_t> positions;
  };
  [[nodiscard]] std::uint64_t on_disk(PartitionId partition) const noexcept {
    return sequences_[partition].load(std::memory_order_relaxed);
  }
  // What follows runs under the second lock.
  [[nodiscard]] Result<std::unique_ptr<Position>> take_position(PartitionId partition, std::uint64_t sequence);
  [[nodiscard]] Result<void> reaches_back_to(PartitionId partition, std::uint64_t sequence) const;
  void keep(const SetRun& run) noexcept;
  void drop_unneeded(Part& part);
  void drop_first(Part& part);
  void release(PartitionId partition, std::uint64_t sequence);

  const std::size_t max_bytes_;
  const Sequences& sequences_;
  std::mutex writing_;                // first: a batch is being written, or somebody takes a position
  mutable std::mutex mutex_;          // second
  std::atomic<std::size_t> held_{0};  // positions; grows under the first
  std::map<PartitionId, Part> parts_;
  std::map<std::uint64_t, PartitionId> arrivals_;  // of all that is kept
  std::uint64_t next_arrival_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace troupe::store
