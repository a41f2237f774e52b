// One thread per node for what comes round: deadlines of host calls, parked calls, calls that are to be attempted
// again, idle activations, the clock. It sleeps until the next of them is due. Where the engine has steps it is one of
// them, and no thread.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "actor/context.h"
#include "host/node_routing.h"
#include "host/pool_names.h"

namespace troupe::host {

class Housekeeping {
 public:
  // Where the engine has alarms they wake it, and not the machine's clock.
  Housekeeping(NodeRouting& routing, actor::Context& context, std::chrono::milliseconds idle_after);
  ~Housekeeping();

  // It has looked at all there is as of now, and waits. Any thread.
  [[nodiscard]] bool at_rest() const;

 private:
  void run() noexcept;
  void take_step();
  [[nodiscard]] TimePoint look();
  void wake();
  void passivate(TimePoint now);
  // Notices whether the wall clock was set, and keeps the node's time, now and then.
  void mind_the_time(TimePoint now);
  void ring_at(TimePoint next);
  void sleep_until(TimePoint next);

  NodeRouting& routing_;
  actor::Context& context_;
  const std::chrono::milliseconds idle_after_;
  TimePoint next_sweep_;
  TimePoint next_keep_;
  TimePoint next_steer_{};
  PoolNames pool_names_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  bool woken_ = false;
  bool resting_ = false;
  std::thread thread_;
};

}  // namespace troupe::host
