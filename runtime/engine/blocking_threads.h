// Threads for work that blocks: files, other people's libraries, DNS. Started when first needed; in a simulation there
// are none, and the pieces of work are steps.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "base/steps.h"

namespace troupe::engine {

class BlockingThreads {
 public:
  // `steps` outlives it; null: threads.
  explicit BlockingThreads(std::size_t most, Steps* steps = nullptr);
  // Waits for what is running; what waits is dropped.
  ~BlockingThreads();

  // Any thread. False: kMaxWaiting pieces of work wait already.
  [[nodiscard]] bool run(std::function<void()> work);

  // Takes no more, and drops what waits. Any thread.
  void refuse();
  // Pieces of work that run at this moment. Any thread.
  [[nodiscard]] std::size_t running() const;
  // Nothing runs or waits to. Any thread.
  [[nodiscard]] bool at_rest() const;

  static constexpr std::size_t kMaxWaiting = 10'000;

 private:
  using Work = std::function<void()>;
  using Lock = std::unique_lock<std::mutex>;
  void serve();
  void do_without(Lock& lock, Work work) noexcept;
  void do_one_of(std::size_t way);

  const std::size_t most_;
  Steps* const steps_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Work> waiting_;
  std::vector<std::thread> threads_;
  std::size_t idle_ = 0;
  std::size_t running_ = 0;
  bool refusing_ = false;
  bool stopping_ = false;
};

}  // namespace troupe::engine
