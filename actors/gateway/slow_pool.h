// Threads for what must wait, so that those of the connections do not. A resource; any thread.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace troupe::gateway {

class SlowPool {
 public:
  SlowPool(unsigned threads, std::size_t most_waiting);
  // stop()s.
  ~SlowPool();
  SlowPool(const SlowPool&) = delete;
  SlowPool& operator=(const SlowPool&) = delete;

  // False: so many wait already, or it was stopped, and `job` will not run. What a job throws ends with it.
  [[nodiscard]] bool run(std::function<void()> job);
  // Waits for the jobs that run; those that wait are dropped. Not from a job.
  void stop();

 private:
  void work();

  const std::size_t most_waiting_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> waiting_;
  bool stopped_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace troupe::gateway
