// A clock that a test moves. Any thread.
#pragma once

#include <atomic>
#include <chrono>

#include "base/clock.h"

namespace troupe::testing {

class ManualClock final : public Clock {
 public:
  // Starts at any fixed moment: 2026-01-01T00:00:00Z.
  ManualClock() = default;
  ManualClock(TimePoint start, std::uint64_t start_wall_ms)
      : start_ns_(start.time_since_epoch().count()), start_wall_ms_(start_wall_ms), ns_(start_ns_) {}

  TimePoint now() const noexcept override { return TimePoint(std::chrono::nanoseconds(ns_.load())); }
  std::uint64_t wall_ms() const noexcept override {
    return start_wall_ms_ + static_cast<std::uint64_t>((ns_.load() - start_ns_) / 1'000'000);
  }
  void advance(std::chrono::nanoseconds by) noexcept { ns_ += by.count(); }

 private:
  const std::int64_t start_ns_ = 1'000'000'000;
  const std::uint64_t start_wall_ms_ = 1'767'225'600'000;
  std::atomic<std::int64_t> ns_{1'000'000'000};
};

}  // namespace troupe::testing
