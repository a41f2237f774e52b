// StandingQueue: whether the queue of one actor is long because it drains a burst, or because more comes than it
// serves. Pure; on the activation's own thread.
//
// It is CoDel's test (Nichols and Jacobson, "Controlling Queue Delay", ACM Queue 10(5), 2012), with what servers make
// of it (Maurer, "Fail at Scale", ACM Queue 13(8), 2015): see base/queue_meter.h, which does the same for a whole node.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

#include "base/clock.h"
#include "troupe/overload.h"

namespace troupe::actor {

class StandingQueue {
 public:
  static constexpr std::uint32_t kAnyLength = std::numeric_limits<std::uint32_t>::max();

  struct Turn {
    std::chrono::nanoseconds delay;  // the call waited so long
    std::uint32_t behind;            // calls that still wait
    std::uint64_t turns_done;        // by the actor, ever
    TimePoint now;
    bool nested;  // a turn made it; it is given twice the time
  };
  // A call has its turn. True: it is better turned away.
  [[nodiscard]] bool sheds(const Turn& turn, const OverloadPolicy& policy) noexcept {
    const std::uint32_t shortest = standing() ? policy.min_queue / 2 : policy.min_queue;
    // Cut to what is served in `target`, the queue makes calls wait for about that: it takes less to call it short.
    const std::chrono::nanoseconds target = policy.target;
    if (turn.delay < (standing() ? target / 2 : target) || turn.behind < shortest) {
      since_ = {};
      longest_ = kAnyLength;
      return false;
    }
    if (since_ == TimePoint{}) {
      since_ = turn.now;
      turns_then_ = turn.turns_done;
      return false;
    }
    if (const auto lasted = turn.now - since_; lasted >= policy.interval) {
      const auto served = static_cast<double>(turn.turns_done - turns_then_);
      const double in_target = served * static_cast<double>(target.count()) / static_cast<double>(lasted.count());
      longest_ = static_cast<std::uint32_t>(std::clamp(in_target, static_cast<double>(policy.min_queue), 1e9));
      since_ = turn.now;
      turns_then_ = turn.turns_done;
    }
    return standing() && turn.behind >= policy.min_queue && turn.delay > (turn.nested ? 4 : 2) * target;
  }

  // A call has waited long, and none was quick since.
  [[nodiscard]] bool watched() const noexcept { return since_ != TimePoint{}; }
  [[nodiscard]] bool standing() const noexcept { return longest_ != kAnyLength; }
  // How many calls may wait now.
  [[nodiscard]] std::uint32_t longest() const noexcept { return longest_; }

 private:
  TimePoint since_{};  // nobody waited less than the target since; zero: somebody just did
  std::uint64_t turns_then_ = 0;
  std::uint32_t longest_ = kAnyLength;
};

}  // namespace troupe::actor
