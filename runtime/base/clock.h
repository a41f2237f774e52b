// Time as a port: everything that asks for the time asks a Clock, so that tests can own it.
#pragma once

#include <chrono>
#include <cstdint>

#include "troupe/duration.h"

namespace troupe {

using TimePoint = std::chrono::steady_clock::time_point;

class Clock {
 public:
  virtual ~Clock() = default;
  // Monotonic; for deadlines and timers. Any thread. May lag real time by a scheduler tick (4 ms) where that
  // is cheaper: deadlines are kept to that grain.
  [[nodiscard]] virtual TimePoint now() const noexcept = 0;
  // The same clock without the lag; for timers, which never fire early.
  [[nodiscard]] virtual TimePoint exact_now() const noexcept { return now(); }
  // Milliseconds since the Unix epoch; for what is written down.
  [[nodiscard]] virtual std::uint64_t wall_ms() const noexcept = 0;
};

// How far now() may lag behind exact_now().
inline constexpr std::chrono::milliseconds kClockGrain{4};

// The machine's own clocks. One immutable object; the only global, and it has no state.
[[nodiscard]] const Clock& system_clock() noexcept;

}  // namespace troupe
