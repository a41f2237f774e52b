// The actor system every CAF baseline runs on: work stealing with two workers, the fastest of CAF's configurations at
// request/response here (its default of four workers and its policy `sharing` are slower, near and far).
#pragma once

#include <caf/all.hpp>
#include <caf/io/middleman.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>

namespace troupe::bench::baseline {

struct CafConfig : caf::actor_system_config {
  explicit CafConfig(bool with_network = false) {
    if (with_network) load<caf::io::middleman>();
    set("scheduler.policy", caf::atom("stealing"));
    set("scheduler.max-threads", 2);
  }
};

// Lets the measuring thread wait for `count` actors.
class Finish {
 public:
  explicit Finish(int count) : left_(count) {}
  void one_is_done() {
    std::lock_guard guard(mutex_);
    if (--left_ == 0) all_done_.notify_all();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    all_done_.wait(lock, [this] { return left_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable all_done_;
  int left_;
};

}  // namespace troupe::bench::baseline
