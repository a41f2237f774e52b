// The one wake-up that many moments share: an activation waits for the earliest of them alone, and asks for the next
// when that has come. So a call that is answered in time costs no timer, and a timer that is taken back leaves none.
//
// It says when to ask; the activation asks its engine, whose clock cannot forget. The actor's own thread.
#pragma once

#include "base/clock.h"

namespace troupe::actor {

class WakeUp {
 public:
  // `when` is awaited too; max(): never. True: ask to be woken then. False: one that comes no later is under way.
  [[nodiscard]] bool await(TimePoint when) noexcept {
    if (when == TimePoint::max() || (at_ != TimePoint{} && at_ <= when)) return false;
    at_ = when;
    return true;
  }
  // One came. True: it is the one that is awaited, and none is under way from here on. False: it was the earliest when
  // it was asked for, and an earlier one has come since.
  [[nodiscard]] bool came(TimePoint now) noexcept {
    if (at_ != TimePoint{} && now < at_) return false;
    at_ = {};
    return true;
  }
  // What was asked for may never come.
  void forget() noexcept { at_ = {}; }
  // Until it is forgotten, nothing has to be asked for.
  void hold() noexcept { at_ = TimePoint::min(); }

 private:
  TimePoint at_{};  // the earliest one that was asked for; zero: none
};

}  // namespace troupe::actor
