// One thread per node for what comes round: deadlines of host calls, parked calls, idle activations. It sleeps until
// the next of them is due.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "actor/context.h"
#include "host/core.h"

namespace troupe::host {

class Housekeeping {
 public:
  Housekeeping(Core& core, actor::Context& context, std::chrono::milliseconds idle_after);
  ~Housekeeping();

 private:
  void run();
  void wake();
  void passivate(TimePoint now);

  Core& core_;
  actor::Context& context_;
  const std::chrono::milliseconds idle_after_;
  TimePoint next_sweep_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  bool woken_ = false;
  std::thread thread_;
};

}  // namespace troupe::host
