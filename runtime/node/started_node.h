// A started node: all that its threads may touch, in one piece. The node owns it; so does the thread that closes it,
// for as long as anything has not come back.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <thread>

#include "base/log_fields.h"
#include "host/callback_gate.h"
#include "host/directory_book.h"
#include "host/directory_teller.h"
#include "host/node_parts.h"
#include "host/node_routing.h"
#include "host/stop_progress.h"
#include "inspect/inspection.h"
#include "observe/admin_server.h"
#include "observe/metrics_server.h"
#include "telemetry/metric_book.h"

namespace troupe::node {

class StartedNode {
 public:
  // Throws what Node::start() throws. `callbacks`: in front of what the configuration has the node call.
  // `orders` is never null.
  StartedNode(const NodeConfig& config, Ptr<host::NodeRouting> routing, std::shared_ptr<host::NodeOrders> orders,
              std::shared_ptr<host::CallbackGate> callbacks, std::shared_ptr<telemetry::MetricBook> metrics);

  // Any thread. Nothing once the node closes: they would look at what goes.
  [[nodiscard]] std::shared_lock<std::shared_mutex> use() const {
    std::shared_lock lock(using_, std::try_to_lock);
    if (lock.owns_lock() && closing_.load(std::memory_order_acquire)) lock.unlock();
    return lock;
  }
  [[nodiscard]] host::NodeParts& running() noexcept { return *running_; }
  [[nodiscard]] inspect::Inspection& inspection() noexcept { return *inspection_; }
  [[nodiscard]] host::DirectoryBook& directory() noexcept { return *directory_; }
  // Never null; may be held longer than this.
  [[nodiscard]] const std::shared_ptr<host::DirectoryTeller>& teller() const noexcept { return teller_; }
  [[nodiscard]] host::NodeRouting& routing() noexcept { return *routing_; }
  [[nodiscard]] const NodeConfig& config() const noexcept { return config_; }
  void log(LogLevel level, const std::string& message, const LogFields& fields = {}) const {
    if (config_.log) config_.log({level, "host", message, fields});
  }

  // Ends everything; returns when the last thread has. Once.
  void close(host::StopProgress& progress);

 private:
  void serve_admin();
  void serve_metrics();

  const std::shared_ptr<host::CallbackGate> callbacks_;
  const NodeConfig config_;
  const Ptr<host::NodeRouting> routing_;
  const std::shared_ptr<telemetry::MetricBook> metrics_;
  std::unique_ptr<host::NodeParts> running_;
  std::unique_ptr<host::DirectoryBook> directory_;
  std::shared_ptr<host::DirectoryTeller> teller_;
  std::unique_ptr<inspect::Inspection> inspection_;
  std::unique_ptr<observe::AdminServer> admin_;
  std::unique_ptr<observe::MetricsServer> metrics_server_;
  std::atomic<bool> closing_{false};
  mutable std::shared_mutex using_;
};

// A node's stop, on a thread of its own. The thread is there from the node's start on: one that cannot get another when
// it stops, for memory or threads are used up, must still come to its end. Any thread. In a simulation there is none,
// and begin() does it all.
class Stopping {
 public:
  // Throws std::system_error when there is no thread to be had.
  explicit Stopping(bool threadless);
  // Ends a thread that was given nothing to do, and leaves alone one that has not come to its end.
  ~Stopping();
  Stopping(const Stopping&) = delete;
  Stopping& operator=(const Stopping&) = delete;

  // Once; then it is under way.
  void begin(const std::shared_ptr<StartedNode>& live, TimePoint until) noexcept;
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
    host::StopProgress progress;
    std::mutex mutex;
    std::condition_variable given;
    std::shared_ptr<StartedNode> live;
    bool off = false;  // nothing will come
  };
  static void run(Order& order) noexcept;

  const std::shared_ptr<Order> order_;
  std::weak_ptr<StartedNode> live_;
  bool begun_ = false;
  mutable std::mutex mutex_;
  std::thread thread_;
};

}  // namespace troupe::node
