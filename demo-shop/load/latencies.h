// Many latencies in little room: counts by buckets that are a sixteenth of a power of two wide, so that a quantile is
// at most 6 % too high. Values; not for concurrent use.
#pragma once

#include <array>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace demo {

class Latencies {
 public:
  void add(std::chrono::microseconds took) {
    ++counts_[bucket_of(static_cast<std::uint64_t>(took.count() < 0 ? 0 : took.count()))];
    ++count_;
  }
  void add(const Latencies& other) {
    for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
    count_ += other.count_;
  }
  [[nodiscard]] std::uint64_t count() const { return count_; }
  // That `share` of them, 0 to 1, took at most so long; 0 where there are none.
  [[nodiscard]] std::chrono::microseconds quantile(double share) const {
    if (count_ == 0) return std::chrono::microseconds(0);
    const auto wanted = static_cast<std::uint64_t>(share * static_cast<double>(count_ - 1)) + 1;
    std::uint64_t seen = 0;
    std::size_t at = 0;
    while (at + 1 < counts_.size() && (seen += counts_[at]) < wanted) ++at;
    return std::chrono::microseconds(top_of(at));
  }

 private:
  static constexpr unsigned kFine = 4;  // bits behind the highest one
  static constexpr std::size_t kBuckets = (40 - kFine + 1) << kFine;

  static std::size_t bucket_of(std::uint64_t us) {
    if (us < (1u << kFine)) return us;
    const unsigned high = static_cast<unsigned>(std::bit_width(us)) - 1;
    const std::size_t bucket = ((high - kFine + 1) << kFine) + ((us >> (high - kFine)) & ((1u << kFine) - 1));
    return bucket < kBuckets ? bucket : kBuckets - 1;
  }
  // The greatest value of a bucket.
  static std::int64_t top_of(std::size_t bucket) {
    if (bucket < (1u << kFine)) return static_cast<std::int64_t>(bucket);
    const std::size_t high = (bucket >> kFine) + kFine - 1;
    const std::uint64_t base = (std::uint64_t{1} << high) + ((bucket & ((1u << kFine) - 1)) << (high - kFine));
    return static_cast<std::int64_t>(base + (std::uint64_t{1} << (high - kFine)) - 1);
  }

  std::array<std::uint64_t, kBuckets> counts_{};
  std::uint64_t count_ = 0;
};

}  // namespace demo
