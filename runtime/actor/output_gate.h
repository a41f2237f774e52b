// The output gate of one actor: whether what its memory says is true yet.
//
// A turn changes the actor's memory when it is committed, and the next turn begins at once, while the disk still has to
// take the commit. So a turn may see, and act on, what a crash of the node would undo. That does no harm as long as
// nobody else hears of it: an answer, an error, a call to another actor leaves only when every commit is on disk that
// the memory rested on when it was decided. Turns do not wait for the disk, only their words do.
//
// The gate numbers the actor's commits. While the last one is on its way the gate is shut, and what wants out is put
// behind that commit in the commit queue, which keeps the order; while it is open, nothing waits and nothing is queued.
// Calls of the actor's count among the commits, so that a later call does not overtake one that waits. Answers do not:
// each goes to another caller.
//
// A commit can be refused. Then the memory is ahead of the store for ever: the queue begins another age, lets nothing
// through that was decided in the old one, and the actor starts again from the store. Until it has, the gate is shut
// and store_trouble() turns calls away. When the whole store has failed, nothing is stored and nothing passes.
//
// The gate knows in which epoch of its partition the memory was read. What was decided in an epoch that is over is
// stored no more (CommitQueue::fence).
#pragma once

#include <atomic>
#include <cstdint>

#include "base/epoch.h"
#include "store/commit.h"

namespace troupe::actor {

class OutputGate {
 public:
  // --- the actor's own thread ---
  // Nothing is on its way to the disk, and nothing was lost there: what is to leave leaves at once.
  [[nodiscard]] bool open() const noexcept { return settled() && !refused(); }
  // The number of the commit that is submitted next.
  [[nodiscard]] std::uint64_t next() noexcept {
    const std::uint64_t number = submitted() + 1;
    submitted_.store(number, std::memory_order_relaxed);
    return number;
  }
  // Before a commit or a barrier is submitted: the age and the epoch it is decided in.
  void date(store::Commit& commit) noexcept {
    commit.age = age_;
    commit.ages = &ages_;
    commit.epoch = epoch_;
  }
  // The partition's, of what is read from now on.
  void begin_epoch(Epoch epoch) noexcept { epoch_ = epoch; }
  [[nodiscard]] Epoch epoch() const noexcept { return epoch_; }
  // Nothing is in memory any more, and every commit has ended: what went wrong before is no matter of what is read
  // next.
  void forget() noexcept {
    age_ = ages_.load(std::memory_order_acquire);
    failed_.store(false, std::memory_order_release);
  }
  // A commit was not stored, and the memory that later ones rest on is wrong.
  [[nodiscard]] bool refused() const noexcept { return ages_.load(std::memory_order_acquire) != age_; }
  // What is in memory goes; what is read from now on is of the age that the queue has begun. True: there is one, and
  // every commit of the old one has ended.
  [[nodiscard]] bool begin_age() noexcept {
    const std::uint32_t ages = ages_.load(std::memory_order_acquire);
    if (ages == age_ || !settled()) return false;
    age_ = ages;
    return true;
  }

  // --- any thread ---
  // The commit of this number, and those before it, have ended.
  void ended(std::uint64_t number) noexcept { ended_.store(number, std::memory_order_release); }
  // The same of one that was not stored. True: that one alone was refused, and the actor can start again.
  [[nodiscard]] bool ended_unstored(const store::Commit& commit, std::uint64_t number) noexcept {
    ended(number);
    if (ages_.load(std::memory_order_acquire) != commit.age) return true;
    fail();  // nothing is stored any more
    return false;
  }
  // No turn may build on what is in memory, and none ever will.
  void fail() noexcept { failed_.store(true, std::memory_order_release); }
  [[nodiscard]] bool failed() const noexcept { return failed_.load(std::memory_order_acquire); }
  // Every commit has ended.
  [[nodiscard]] bool settled() const noexcept { return last_ended() == submitted(); }
  // Commits handed to the queue; all up to last_ended() have ended, most of them on disk.
  [[nodiscard]] std::uint64_t submitted() const noexcept { return submitted_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t last_ended() const noexcept { return ended_.load(std::memory_order_acquire); }

 private:
  std::atomic<std::uint64_t> submitted_{0};
  std::atomic<std::uint64_t> ended_{0};
  Epoch epoch_ = 0;
  std::uint32_t age_ = 0;               // of what is in memory
  std::atomic<std::uint32_t> ages_{0};  // the commit queue's to change
  std::atomic<bool> failed_{false};
};

}  // namespace troupe::actor
