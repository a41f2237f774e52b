// What the host program gave the node to call, its log sink above all, as long as the node may call it. A thread that
// stop() had to leave behind finds the gate shut. What such a call throws ends there: the node's threads have nobody to
// throw it to, and a log that cannot be written is no reason to end the process.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <shared_mutex>

#include "call/host_call.h"

namespace troupe::host {

class CallbackGate {
 public:
  // Runs `call` unless the gate is shut. Any thread.
  template <class F>
  void pass(F&& call) {
    std::shared_lock lock(mutex_);
    if (!open_.load(std::memory_order_acquire)) return;
    const call::CallbackScope scope;
    try {
      call();
    } catch (...) {  // NOLINT: see above
    }
  }
  // From here on nothing passes. Waits for what is passing, a second at most.
  void shut() {
    open_.store(false, std::memory_order_release);
    if (mutex_.try_lock_for(std::chrono::seconds(1))) mutex_.unlock();
  }

 private:
  std::shared_timed_mutex mutex_;
  std::atomic<bool> open_{true};
};

// `call` through the gate; empty if it is.
template <class... Arguments>
[[nodiscard]] std::function<void(Arguments...)> behind(const std::shared_ptr<CallbackGate>& callbacks,
                                                       std::function<void(Arguments...)> call) {
  if (!call) return {};
  return [callbacks, call = std::move(call)](Arguments... arguments) { callbacks->pass([&] { call(arguments...); }); };
}

}  // namespace troupe::host
