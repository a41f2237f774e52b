// How long things took, counted by how long: a histogram that costs two additions for each.
//
// Buckets are linear within a power of two and grow from one to the next (Gil Tene's HdrHistogram has the idea): four
// to a power, so that a time is known to an eighth of itself, from a nanosecond to eighteen minutes; what is longer
// counts as that. One time may stand for several (a weight), where only some are measured.
//
// HistogramCounts is what is counted into, by one thread or by several; HistogramSum is what is read: a value, of any
// number of them added up.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace troupe {

namespace histogram {

inline constexpr unsigned kSubBits = 2;
inline constexpr std::uint64_t kSub = 1u << kSubBits;  // buckets to a power of two
inline constexpr unsigned kMaxPower = 40;              // longer than 2^40 ns counts as that
inline constexpr std::size_t kBuckets = (kMaxPower - kSubBits + 1) * kSub;

[[nodiscard]] constexpr std::size_t bucket_of(std::uint64_t value) noexcept {
  constexpr std::uint64_t kMost = (std::uint64_t{1} << kMaxPower) - 1;
  value = std::min(value, kMost);
  if (value < kSub) return value;
  const unsigned power = static_cast<unsigned>(std::bit_width(value)) - 1 - kSubBits;
  return power * kSub + (value >> power);
}
// The first value behind the bucket.
[[nodiscard]] constexpr std::uint64_t end_of(std::size_t bucket) noexcept {
  if (bucket < kSub) return bucket + 1;
  const std::size_t power = bucket / kSub - 1;
  return (bucket % kSub + kSub + 1) << power;
}

}  // namespace histogram

struct HistogramSum {
  std::uint64_t count = 0;
  std::uint64_t sum = 0;
  std::array<std::uint64_t, histogram::kBuckets> buckets{};

  void add(std::uint64_t value, std::uint64_t weight = 1) noexcept {
    count += weight;
    sum += value * weight;
    buckets[histogram::bucket_of(value)] += weight;
  }
  HistogramSum& operator+=(const HistogramSum& o) noexcept {
    count += o.count;
    sum += o.sum;
    for (std::size_t i = 0; i < buckets.size(); ++i) buckets[i] += o.buckets[i];
    return *this;
  }
  // How many were below `bound`, which is a power of two: exactly so.
  [[nodiscard]] std::uint64_t below(std::uint64_t bound) const noexcept;
  // What `share` (0 to 1) of them did not exceed, to an eighth; 0: there are none.
  [[nodiscard]] std::uint64_t quantile(double share) const noexcept;
};

class HistogramCounts {
 public:
  // `shared`: more than one thread may count here.
  void add(std::uint64_t value, std::uint64_t weight, bool shared) noexcept {
    bump(sum_, value * weight, shared);
    bump(buckets_[histogram::bucket_of(value)], weight, shared);
  }
  // Any thread, while others count: each number is one that was true a moment ago.
  void add_to(HistogramSum& out) const noexcept;

  static void bump(std::atomic<std::uint64_t>& counter, std::uint64_t by, bool shared) noexcept {
    if (shared) {
      counter.fetch_add(by, std::memory_order_relaxed);
    } else {
      counter.store(counter.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
    }
  }

 private:
  std::atomic<std::uint64_t> sum_{0};
  std::array<std::atomic<std::uint64_t>, histogram::kBuckets> buckets_{};
};

// A duration as it is counted; none, for one that is negative.
[[nodiscard]] inline std::uint64_t counted(std::chrono::nanoseconds time) noexcept {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(time.count(), 0));
}

}  // namespace troupe
