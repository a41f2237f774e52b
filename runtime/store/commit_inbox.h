// Where commits are submitted and the writer thread finds them: a list that any thread pushes to without a lock, and
// the ways in which the writer thread waits for more.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "store/commit.h"

namespace troupe::store {

class CommitInbox {
 public:
  CommitInbox() = default;
  CommitInbox(const CommitInbox&) = delete;
  CommitInbox& operator=(const CommitInbox&) = delete;

  // --- any thread; never blocks, allocates nothing ---
  // False: closed for ever, the commit stays the caller's.
  [[nodiscard]] bool push(Commit* commit) noexcept;
  // Pushed, and not yet written().
  [[nodiscard]] std::size_t unwritten(std::memory_order order = std::memory_order_acquire) const noexcept {
    return unwritten_.load(order);
  }
  // The writer thread goes on instead of waiting, from now on.
  void stop() noexcept;

  // --- the writer thread ---
  [[nodiscard]] bool stopping() const noexcept { return stopping_.load(); }
  // All that was pushed since, oldest first, linked by next_commit; null: nothing.
  [[nodiscard]] Commit* take() noexcept;
  void written(std::size_t commits) noexcept { unwritten_.fetch_sub(commits, std::memory_order_release); }
  // Sleeps until something is pushed, or stop().
  void park() noexcept;
  // Sleeps until so many are unwritten, or that moment, or stop(): the cores belong to the callers that are awaited.
  void await(std::size_t commits, std::chrono::steady_clock::time_point until) noexcept;
  // False: something was pushed meanwhile.
  [[nodiscard]] bool close() noexcept;

 private:
  [[nodiscard]] Commit* closed() noexcept { return reinterpret_cast<Commit*>(this); }

  // What submitters touch.
  alignas(64) std::atomic<Commit*> head_{nullptr};  // newest first; closed() for ever at the end
  alignas(64) std::atomic<std::size_t> unwritten_{0};
  std::atomic<int> parked_{0};
  std::atomic<std::uint32_t> awaited_{0};  // how many unwritten ones the writer thread sleeps for; 0: it does not
  std::atomic<bool> stopping_{false};
};

}  // namespace troupe::store
