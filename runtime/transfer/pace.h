// How much the copies of a node send a second, all together. The generic cell rate algorithm (ITU-T I.371): what is
// sent moves the moment from which more may go. Any thread.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <mutex>

#include "base/clock.h"

namespace troupe::transfer {

class Pace {
 public:
  // So much may go at once after a pause, in time at full pace.
  static constexpr std::chrono::milliseconds kBurst{100};
  // What one message is waited for at most, however slow the pace.
  static constexpr std::chrono::seconds kLongest{3600};

  // 0: without bound.
  explicit Pace(std::uint64_t bytes_a_second) : bytes_a_second_(bytes_a_second) {}

  // From when on so many bytes may be sent, which counts them as sent.
  [[nodiscard]] TimePoint take(std::uint64_t bytes, TimePoint now) {
    if (bytes_a_second_ == 0) return now;
    const double seconds = static_cast<double>(bytes) / static_cast<double>(bytes_a_second_);
    const auto costs = std::chrono::duration_cast<TimePoint::duration>(
        std::chrono::duration<double>(std::min(seconds, static_cast<double>(kLongest.count()))));
    const std::lock_guard lock(mutex_);
    const TimePoint due = std::max(next_, later(now, -kBurst));
    next_ = std::min(later(due, costs), later(now, 2 * kLongest));
    return std::max(due, now);
  }

 private:
  const std::uint64_t bytes_a_second_;
  std::mutex mutex_;
  TimePoint next_{};
};

}  // namespace troupe::transfer
