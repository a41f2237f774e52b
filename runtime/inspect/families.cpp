#include "inspect/families.h"

namespace troupe::inspect {
namespace {

// What is shown of a histogram: how many were below powers of two, which are exact in its buckets. Times from a
// microsecond to 17 seconds; numbers from one to what a batch holds.
constexpr unsigned kFirstTime = 10, kLastTime = 34, kLastSize = 13;
constexpr double kSecondsPerNs = 1e-9;

MetricBuckets buckets_of(const HistogramSum& sum, unsigned first, unsigned last, double unit) {
  MetricBuckets out{sum.count, static_cast<double>(sum.sum) * unit, {}};
  for (unsigned power = first; power <= last; ++power) {
    const std::uint64_t bound = std::uint64_t{1} << power;
    out.up_to.emplace_back(static_cast<double>(bound) * unit, sum.below(bound));
  }
  return out;
}

}  // namespace

// Names are texts of the program, and outlive this.
MetricFamily& Families::family(const char* name, const char* help, MetricKind kind) {
  const auto [at, is_new] = at_.try_emplace(name, all_.size());
  if (is_new) all_.push_back({name, help, kind, {}});
  return all_[at->second];
}

void Families::durations(const char* name, const char* help, const HistogramSum& sum, MetricLabels labels) {
  if (sum.count == 0) return;
  family(name, help, MetricKind::histogram)
      .samples.push_back({std::move(labels), 0, buckets_of(sum, kFirstTime, kLastTime, kSecondsPerNs)});
}

void Families::sizes(const char* name, const char* help, const HistogramSum& sum, MetricLabels labels) {
  if (sum.count == 0) return;
  MetricBuckets buckets = buckets_of(sum, 1, kLastSize, 1);
  for (auto& [bound, count] : buckets.up_to) bound -= 1;  // of whole numbers, below 8 is up to 7
  family(name, help, MetricKind::histogram).samples.push_back({std::move(labels), 0, std::move(buckets)});
}

}  // namespace troupe::inspect
