// Counts of what happened within the last so much time, of a few kinds: a ring of ten buckets, as Hystrix and
// Resilience4j keep them (sliding time windows). The oldest tenth goes at once, so a sum is of nine tenths to all of
// the window. One thread at a time; a few hundred bytes.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>

#include "base/clock.h"

namespace troupe::resilience {

template <std::size_t kKinds>
class SlidingCounts {
 public:
  explicit SlidingCounts(std::chrono::nanoseconds window) noexcept
      : width_(std::max<std::int64_t>(window.count() / kBuckets, 1)) {}

  void add(std::size_t kind, TimePoint now) noexcept {
    advance(now);
    ++buckets_[static_cast<std::size_t>(tick_ % kBuckets)][kind];
    ++sums_[kind];
  }
  [[nodiscard]] std::uint64_t sum(std::size_t kind, TimePoint now) noexcept {
    advance(now);
    return sums_[kind];
  }
  void clear() noexcept {
    buckets_ = {};
    sums_ = {};
  }

 private:
  static constexpr std::int64_t kBuckets = 10;

  // A time that another thread read a moment earlier belongs to the present bucket.
  void advance(TimePoint now) noexcept {
    const std::int64_t tick = std::max<std::int64_t>(
        std::chrono::duration_cast<std::chrono::nanoseconds>(now.time_since_epoch()).count() / width_, 0);
    if (tick <= tick_) return;
    if (tick - tick_ >= kBuckets) clear();
    for (std::int64_t at = std::max(tick_ + 1, tick - kBuckets + 1); at <= tick; ++at) {
      auto& bucket = buckets_[static_cast<std::size_t>(at % kBuckets)];
      for (std::size_t kind = 0; kind < kKinds; ++kind) sums_[kind] -= bucket[kind];
      bucket = {};
    }
    tick_ = tick;
  }

  const std::int64_t width_;  // of a bucket, in nanoseconds
  std::int64_t tick_ = 0;     // the present bucket's number
  std::array<std::array<std::uint64_t, kKinds>, kBuckets> buckets_{};
  std::array<std::uint64_t, kKinds> sums_{};
};

}  // namespace troupe::resilience
