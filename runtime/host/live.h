// A started node: all that its threads may touch, in one piece. The node owns it; so does the thread that closes it,
// for as long as anything has not come back.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <thread>

#include "host/core.h"
#include "host/door.h"
#include "host/inspection.h"
#include "host/running.h"
#include "host/stop_progress.h"
#include "observe/admin_server.h"

namespace troupe::host {

class Live {
 public:
  // Throws what Node::start() throws. `door`: in front of what the configuration has the node call.
  // `supervised` may be null.
  Live(const NodeConfig& config, Ptr<Core> core, const Supervised* supervised, std::shared_ptr<Door> door);

  // Any thread. Nothing once the node closes: they would look at what goes.
  [[nodiscard]] std::shared_lock<std::shared_mutex> use() const {
    std::shared_lock lock(using_, std::try_to_lock);
    if (lock.owns_lock() && closing_.load(std::memory_order_acquire)) lock.unlock();
    return lock;
  }
  [[nodiscard]] Running& running() noexcept { return *running_; }
  [[nodiscard]] Inspection& inspection() noexcept { return *inspection_; }
  [[nodiscard]] Core& core() noexcept { return *core_; }
  [[nodiscard]] const NodeConfig& config() const noexcept { return config_; }
  void log(LogLevel level, const std::string& message) const {
    if (config_.log) config_.log({level, "host", message});
  }

  // Ends everything; returns when the last thread has. Once.
  void close(StopProgress& progress);

 private:
  void serve_admin();

  const std::shared_ptr<Door> door_;
  const NodeConfig config_;
  const Ptr<Core> core_;
  std::unique_ptr<Running> running_;
  std::unique_ptr<Inspection> inspection_;
  std::unique_ptr<observe::AdminServer> admin_;
  std::atomic<bool> closing_{false};
  mutable std::shared_mutex using_;
};

// A node's stop, on a thread of its own. The thread is there from the node's start on: one that cannot get another when
// it stops, for memory or threads are used up, must still come to its end. Any thread.
class Stopping {
 public:
  // Throws std::system_error when there is no thread to be had.
  Stopping();
  // Ends a thread that was given nothing to do, and leaves alone one that has not come to its end.
  ~Stopping();
  Stopping(const Stopping&) = delete;
  Stopping& operator=(const Stopping&) = delete;

  // Once; then it is under way.
  void begin(const std::shared_ptr<Live>& live, TimePoint until) noexcept;
  [[nodiscard]] bool begun() const {
    const std::lock_guard lock(mutex_);
    return begun_;
  }
  // By that time, by an earlier one that was asked for before, and their grace. What has not ended then is left to the
  // thread, and every call that waits is ended.
  [[nodiscard]] StopReport wait(TimePoint until);

 private:
  // What the thread waits for; it may outlive this.
  struct Order {
    explicit Order(TimePoint until) : progress(until) {}
    StopProgress progress;
    std::mutex mutex;
    std::condition_variable given;
    std::shared_ptr<Live> live;
    bool off = false;  // nothing will come
  };
  static void run(Order& order) noexcept;

  const std::shared_ptr<Order> order_;
  std::weak_ptr<Live> live_;
  bool begun_ = false;
  mutable std::mutex mutex_;
  std::thread thread_;
};

}  // namespace troupe::host
