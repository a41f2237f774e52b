// What the clients of one run share: what they count, and at which pace they ask. One thread.
#pragma once

#include <chrono>
#include <string>
#include <utility>

#include "load/load.h"

namespace demo {

struct LoadCounts {
  LoadTotals totals;
  Latencies second;  // since the last line
  std::chrono::milliseconds patience{0};
  bool over = false;  // nobody begins anything new

  void complain(std::string what) {
    if (totals.complaints.size() < kMostComplaints) totals.complaints.push_back(std::move(what));
  }
};

// When the next request may leave.
class Pace {
 public:
  using Clock = std::chrono::steady_clock;
  explicit Pace(unsigned rate)
      : gap_(rate == 0 ? Clock::duration(0) : Clock::duration(std::chrono::seconds(1)) / rate) {}
  // How long to wait. What was not used is not caught up with.
  [[nodiscard]] Clock::duration take(Clock::time_point now) {
    if (gap_.count() == 0) return gap_;
    next_ = std::max(next_, now);
    const auto wait = next_ - now;
    next_ += gap_;
    return wait;
  }

 private:
  Clock::duration gap_;
  Clock::time_point next_{};
};

}  // namespace demo
