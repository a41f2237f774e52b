// An actor's timers and the sleeps of its turns, in the order of time. Setting one, taking it back and finding what is
// due look at few of the others, however many there are.
#pragma once

#include <chrono>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

#include "base/clock.h"
#include "troupe/task.h"

namespace troupe::actor {

class Turn;

class TimerQueue {
 public:
  struct Timer {
    Turn* sleeper = nullptr;  // a turn that sleeps ...
    std::coroutine_handle<> waiter{};
    std::function<Task<>()> work{};  // ... or work of its own
    std::chrono::nanoseconds period{0};
  };

  // Waits until `when`; nothing: it is due, and its caller knows. Gives its number.
  std::uint64_t add(std::optional<TimePoint> when, Timer timer) {
    const std::uint64_t token = next_token_++;
    timers_.emplace(token, Entry{std::move(timer), when});
    if (when) order_.emplace(*when, token);
    return token;
  }
  // One that was due waits again.
  void again(std::uint64_t token, TimePoint when) {
    timers_.at(token).when = when;
    order_.emplace(when, token);
  }
  [[nodiscard]] Timer* find(std::uint64_t token) noexcept {
    const auto at = timers_.find(token);
    return at == timers_.end() ? nullptr : &at->second.timer;
  }
  void erase(std::uint64_t token) noexcept {
    const auto at = timers_.find(token);
    if (at == timers_.end()) return;
    if (at->second.when) order_.erase({*at->second.when, token});
    timers_.erase(at);
  }
  void clear() noexcept {
    timers_.clear();
    order_.clear();
  }

  // The next one whose time has come. It waits no more, and is there until it is erased.
  [[nodiscard]] std::optional<std::uint64_t> pop_due(TimePoint now) noexcept {
    if (order_.empty() || order_.begin()->first > now) return std::nullopt;
    const std::uint64_t token = order_.begin()->second;
    order_.erase(order_.begin());
    timers_.find(token)->second.when.reset();
    return token;
  }
  // When the next one is due; max(): none waits.
  [[nodiscard]] TimePoint earliest() const noexcept {
    return order_.empty() ? TimePoint::max() : order_.begin()->first;
  }
  [[nodiscard]] std::size_t size() const noexcept { return timers_.size(); }
  [[nodiscard]] bool empty() const noexcept { return timers_.empty(); }

 private:
  struct Entry {
    Timer timer;
    std::optional<TimePoint> when;
  };
  std::uint64_t next_token_ = 1;
  std::unordered_map<std::uint64_t, Entry> timers_;
  std::set<std::pair<TimePoint, std::uint64_t>> order_;  // of those that wait
};

}  // namespace troupe::actor
