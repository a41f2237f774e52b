// Wake-ups by a clock that is not the machine's: a test moves it. Without one, timers are CAF's.
#pragma once

#include <functional>

#include "base/clock.h"

namespace troupe::engine {

class Alarms {
 public:
  // Calls `ring` once, when the clock shows `when` or more. On whatever thread moves the clock; it must not block.
  // Any thread.
  virtual void ring_at(TimePoint when, const void* owner, std::function<void()> ring) = 0;
  // When it returns, nothing of that owner rings any more. Any thread, but not from a `ring`.
  virtual void drop(const void* owner) noexcept = 0;

 protected:
  ~Alarms() = default;
};

}  // namespace troupe::engine
