// Threads for work that blocks: files, other people's libraries, DNS. Started when first needed.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace troupe::engine {

class BlockingThreads {
 public:
  explicit BlockingThreads(std::size_t most) : most_(most ? most : 1) {}
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
  void serve();

  const std::size_t most_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> waiting_;
  std::vector<std::thread> threads_;
  std::size_t idle_ = 0;
  std::size_t running_ = 0;
  bool refusing_ = false;
  bool stopping_ = false;
};

}  // namespace troupe::engine
