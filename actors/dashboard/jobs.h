// A thread for each job that waits for nodes, while it lasts: none is there when nobody asks. Any thread.
#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <mutex>
#include <thread>

namespace troupe::dashboard {

class Jobs {
 public:
  explicit Jobs(std::size_t most) : most_(most) {}
  ~Jobs() { stop(); }
  Jobs(const Jobs&) = delete;
  Jobs& operator=(const Jobs&) = delete;

  // False: so many are under way, the system gives no thread, or it was stopped. What a job throws ends with it.
  [[nodiscard]] bool run(std::function<void()> job);
  // Waits for those that run. Not from a job.
  void stop() noexcept;

 private:
  using Threads = std::list<std::thread>;

  const std::size_t most_;
  std::mutex mutex_;  // guards what follows
  bool stopped_ = false;
  Threads running_;
  Threads ended_;  // to be joined
};

}  // namespace troupe::dashboard
