// The timers of one actor: turns that sleep, work of its own that comes later, and the work that has come due and waits
// for the actor to be free. The actor's own thread.
//
// Work and calls take turns when both wait: work that always asks for more of itself holds no call up.
#pragma once

#include <algorithm>
#include <chrono>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <utility>

#include "actor/timer_queue.h"
#include "actor/turn.h"
#include "actor/wake_up.h"

namespace troupe::actor {

class Timers {
 public:
  using Work = std::function<Task<>()>;
  struct Sleeper {
    Turn* turn;
    std::coroutine_handle<> waiter;
  };

  // The turn sleeps until `when`. Gives the number of the timer.
  std::uint64_t add_sleep(TimePoint when, const Sleeper& sleeper) {
    return queue_.add(when, {.sleeper = sleeper.turn, .waiter = sleeper.waiter});
  }
  // `period` of zero: once.
  std::uint64_t add_work(TimePoint when, std::chrono::nanoseconds period, Work work) {
    return queue_.add(when, {.work = std::move(work), .period = period});
  }
  // Next, without the way through the clock.
  std::uint64_t add_due(Work work) {
    const auto timer = queue_.add(std::nullopt, {.work = std::move(work)});
    due_.push_back(timer);
    return timer;
  }
  // Those of a turn that has ended: they come too late.
  void forget_sleeps(Turn& turn) noexcept {
    for (const std::uint64_t timer : turn.sleeps) queue_.erase(timer);
    turn.sleeps.clear();
  }
  // Of work; the actor takes back no sleep.
  void cancel_work(std::uint64_t timer) noexcept {
    if (const auto* found = queue_.find(timer); found && !found->sleeper) queue_.erase(timer);
  }
  void clear() noexcept {
    queue_.clear();
    due_.clear();
  }
  [[nodiscard]] bool empty() const noexcept { return queue_.empty() && due_.empty(); }
  // Whether `most` of them, or more, wait.
  [[nodiscard]] bool full(std::size_t most) const noexcept { return std::max(queue_.size(), due_.size()) >= most; }

  // --- their time ---
  [[nodiscard]] WakeUp& wake_up() noexcept { return wake_up_; }
  // When the next one is due; max(): none waits.
  [[nodiscard]] TimePoint earliest() const noexcept { return queue_.earliest(); }
  // The next turn that has slept long enough; work that is due before it waits for the actor from now on.
  [[nodiscard]] std::optional<Sleeper> wake_next(TimePoint now) {
    while (const auto timer = queue_.pop_due(now)) {
      const auto& found = *queue_.find(*timer);
      if (!found.sleeper) {
        due_.push_back(*timer);
        continue;
      }
      const Sleeper sleeper{found.sleeper, found.waiter};
      std::erase(sleeper.turn->sleeps, *timer);
      queue_.erase(*timer);
      return sleeper;
    }
    return std::nullopt;
  }

  // --- work that is due ---
  [[nodiscard]] bool work_is_due() const noexcept { return !due_.empty(); }
  // Whether it is the work's turn, and not that of the call that waits as well.
  [[nodiscard]] bool work_goes_first(bool call_waits) noexcept {
    return !(call_waits && std::exchange(work_was_last_, false));
  }
  // The work whose turn it is; one that comes again is due a period after `now`. Nothing: it was cancelled meanwhile.
  // Only if work_is_due().
  [[nodiscard]] std::optional<Work> take_work(TimePoint now) {
    const auto timer = due_.front();
    due_.pop_front();
    work_was_last_ = true;
    const auto* found = queue_.find(timer);
    if (!found) return std::nullopt;
    Work work = found->work;
    if (found->period.count() > 0) {
      queue_.again(timer, later(now, found->period));
    } else {
      queue_.erase(timer);
    }
    return work;
  }

 private:
  TimerQueue queue_;
  WakeUp wake_up_;
  std::deque<std::uint64_t> due_;
  bool work_was_last_ = false;  // the last turn that came from here or from the calls that wait was a timer's
};

}  // namespace troupe::actor
