// Threads for jobs that may wait long: a few are always there, and while all are busy more come, up to a bound; those
// go again when nothing was to do for a while. So no job waits for what another waits for, as long as the bound is not
// reached; past it, or when the system gives no more threads, jobs wait for one that is free. Any thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <list>
#include <mutex>
#include <thread>

namespace troupe::observe {

class ThreadsOnDemand {
 public:
  struct Limits {
    std::size_t least = 2;
    std::size_t most = 64;
    std::chrono::milliseconds linger{60'000};  // what one more waits for another job
  };
  // Throws std::system_error when the system does not give the least.
  explicit ThreadsOnDemand(const Limits& limits);
  ~ThreadsOnDemand() { join(); }
  ThreadsOnDemand(const ThreadsOnDemand&) = delete;
  ThreadsOnDemand& operator=(const ThreadsOnDemand&) = delete;

  // Not after join().
  void run(std::function<void()> job);
  // Returns when every job is done. Not from a job.
  void join() noexcept;
  [[nodiscard]] std::size_t threads() const;

 private:
  using Threads = std::list<std::thread>;

  void add_thread();
  void work(Threads::iterator self) noexcept;
  [[nodiscard]] std::function<void()> next(std::unique_lock<std::mutex>& lock);
  static void join_all(Threads& threads) noexcept;

  const Limits limits_;
  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable wake_;
  std::deque<std::function<void()>> jobs_;
  std::size_t idle_ = 0;
  bool closing_ = false;
  Threads threads_;
  Threads ended_;  // to be joined
};

}  // namespace troupe::observe
