// The last stage of a commit: the teller calls durable() or failed(), in the order in which it was given the commits.
//
// To tell a commit posts its answers and wakes who waits for them, which takes about 2.5 us; in a batch of 36 that is a
// fifth of the time of the writer thread. So a thread of the teller's own does it, while the writer thread writes the
// next batch. A few commits are told on the writer thread at once, if the teller has nothing left to tell: to wake the
// other thread costs as much as to tell three commits, and it would make a lone commit wait for a thread that sleeps.
// Never do two threads tell at the same time. In a simulation the teller has no thread, and tells in a step.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "base/steps.h"
#include "store/commit.h"
#include "troupe/error.h"

namespace troupe::store {

// How a commit ended. Commits that ended for one reason share it.
struct Ended {
  Commit* commit = nullptr;
  std::shared_ptr<const Error> error = {};  // null: durable
};

class Teller {
 public:
  // As many are told at once, on the thread that asks.
  static constexpr std::size_t kFew = 4;

  // `steps` outlives it; null: it has a thread.
  explicit Teller(Steps* steps = nullptr);
  // All were told.
  ~Teller();
  Teller(const Teller&) = delete;
  Teller& operator=(const Teller&) = delete;

  // That many will be told soon: untold() counts them from now on. Whoever counted them until now calls this first, so
  // that they are never missing from both counts.
  void expect(std::size_t commits) noexcept { untold_.fetch_add(commits, std::memory_order_relaxed); }
  // The writer thread's. A few are told before it returns, if nothing waits to be told.
  void tell(std::span<const Ended> ended) noexcept;
  // Any thread; on it nothing is told.
  void hand_over(std::span<const Ended> ended) noexcept;
  // Waits until all that it was given is told. Not from durable() or failed().
  void finish() noexcept;

  // Expected and not yet told. Any thread.
  [[nodiscard]] std::size_t untold() const noexcept { return untold_.load(std::memory_order_acquire); }
  // All was told, and nobody is being told. Any thread.
  [[nodiscard]] bool at_rest() const noexcept { return untold() == 0 && !telling_.load(std::memory_order_acquire); }

 private:
  using Lock = std::unique_lock<std::mutex>;

  void run() noexcept;
  void tell_waiting(Lock& lock, std::vector<Ended>& ended) noexcept;
  void tell_without(Lock& lock, std::span<const Ended> ended) noexcept;

  Steps* const steps_;
  std::mutex mutex_;
  std::condition_variable work_;    // for the thread
  std::condition_variable rested_;  // for finish()
  std::vector<Ended> waiting_;
  std::atomic<bool> telling_{false};  // changes under the lock
  bool stopping_ = false;
  std::atomic<std::size_t> untold_{0};
  std::thread thread_;
};

}  // namespace troupe::store
