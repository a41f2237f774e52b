#include "gateway/rate_buckets.h"

#include <algorithm>

namespace troupe::gateway {

Task<> RateBucketsRole::take(TakeParams::Reader in, TakeResults::Builder out) {
  const std::string bucket(in.getBucket().cStr(), in.getBucket().size());
  const RateLimit limit{in.getPerMinute(), in.getBurst()};
  if (bucket.size() <= 2 || bucket.size() > kMaxBucketNameBytes || bucket_shard(bucket) != key())
    throw Error(ErrorKind::invalid, "no bucket of that name belongs to " + std::string(key()));
  if (!limit.limits() || limit.per_minute > kMaxPerMinute || limit.burst > kMaxBurst || in.getWanted() == 0)
    throw Error(ErrorKind::invalid, "a bucket gets 1 to " + std::to_string(kMaxPerMinute) +
                                        " tokens a minute, holds at most " + std::to_string(kMaxBurst) +
                                        ", and one is taken at least");
  const std::int64_t now_ns = std::chrono::nanoseconds(node_time()).count();
  auto known = cells_.find(bucket);
  if (known == cells_.end()) {
    if (cells_.size() >= kMaxBuckets) make_room(now_ns);
    known = cells_.emplace(bucket, RateCell()).first;
  }
  const auto taken = known->second.take(limit, now_ns, in.getWanted());
  out.setGranted(taken.granted);
  // A minute at most: the slowest bucket gets one in that time.
  if (taken.granted == 0) out.setRetryAfterMs(static_cast<std::uint32_t>((taken.retry_after_ns + 999'999) / 1'000'000));
  co_return;
}

void RateBucketsRole::make_room(std::int64_t now_ns) {
  std::erase_if(cells_, [&](const auto& one) { return one.second.is_full(now_ns); });
  if (cells_.size() < kMaxBuckets) return;
  cells_.erase(std::min_element(cells_.begin(), cells_.end(), [](const auto& a, const auto& b) {
    return a.second.full_at_ns() < b.second.full_at_ns();
  }));
}

}  // namespace troupe::gateway
