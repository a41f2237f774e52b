#include "base/histogram.h"

namespace troupe {

std::uint64_t HistogramSum::below(std::uint64_t bound) const noexcept {
  std::uint64_t out = 0;
  for (std::size_t i = 0; i < buckets.size() && histogram::end_of(i) <= bound; ++i) out += buckets[i];
  return out;
}

std::uint64_t HistogramSum::quantile(double share) const noexcept {
  const double wanted = std::clamp(share, 0.0, 1.0) * static_cast<double>(count);
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < buckets.size(); ++i) {
    seen += buckets[i];
    if (seen == 0 || static_cast<double>(seen) < wanted) continue;
    const std::uint64_t end = histogram::end_of(i);
    const std::uint64_t begin = i == 0 ? 0 : histogram::end_of(i - 1);
    return begin + (end - begin) / 2;  // of what lies within the middle is the nearest guess
  }
  return 0;
}

void HistogramCounts::add_to(HistogramSum& out) const noexcept {
  out.sum += sum_.load(std::memory_order_relaxed);
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    const std::uint64_t here = buckets_[i].load(std::memory_order_relaxed);
    out.buckets[i] += here;
    out.count += here;
  }
}

}  // namespace troupe
