// A clock that a test moves. Any thread.
#pragma once

#include <atomic>
#include <chrono>

#include "base/clock.h"

namespace troupe::testing {

class ManualClock final : public Clock {
 public:
  TimePoint now() const noexcept override { return TimePoint(std::chrono::nanoseconds(ns_.load())); }
  std::uint64_t wall_ms() const noexcept override {
    return kStartWallMs + static_cast<std::uint64_t>(ns_.load() / 1'000'000);
  }
  void advance(std::chrono::nanoseconds by) noexcept { ns_ += by.count(); }

 private:
  // 2026-01-01T00:00:00Z: any fixed moment does.
  static constexpr std::uint64_t kStartWallMs = 1'767'225'600'000;
  std::atomic<std::int64_t> ns_{1'000'000'000};
};

}  // namespace troupe::testing
