// The writes of one coordinator, on a thread of their own: who waits for one waits no longer than it wants to, whatever
// the disk and other processes do. Any thread.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "coordinator/file/shared_environment.h"

namespace troupe::coordinator::file {

struct WriteJob {
  std::string tried;  // "cannot commit to the coordinator"
  std::function<Result<void>(Book&)> body;
  // It failed, or whoever wanted it had left when it was done: on the writing thread.
  std::function<void()> unwanted{};
};

class Writes {
 public:
  explicit Writes(std::shared_ptr<SharedEnvironment> environment);
  // Ends what is under way; what waits is not done.
  ~Writes();
  Writes(const Writes&) = delete;
  Writes& operator=(const Writes&) = delete;

  // `unavailable`: not done. `unknown_outcome`: it began and did not end in time. What `job` refers to has to live as
  // long as this object.
  [[nodiscard]] Result<void> run(WriteJob job, std::chrono::milliseconds timeout);

 private:
  using Stage = SharedEnvironment::Stage;
  struct Entry {
    WriteJob job;
    TimePoint until;
    std::atomic<Stage> stage{Stage::waiting};
    bool ended = false;
    bool left = false;
    Result<void> outcome;
  };
  void work();
  void do_one(std::unique_lock<std::mutex>& lock);

  const std::shared_ptr<SharedEnvironment> environment_;
  std::mutex mutex_;
  std::condition_variable work_, done_;
  std::deque<std::shared_ptr<Entry>> waiting_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace troupe::coordinator::file
