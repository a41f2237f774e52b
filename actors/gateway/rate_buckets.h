// The buckets of rate limits, shared by all gateways of a cluster. In memory alone: they fill up by themselves.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

#include "gateway/rate_cell.h"
#include "gateway/shared.capnp.troupe.h"

namespace troupe::gateway {

// Of one actor, of which there are 256. Past it full buckets go, then the one that is full soonest.
inline constexpr std::size_t kMaxBuckets = 4'096;
inline constexpr std::size_t kMaxBucketNameBytes = 512;
// Which actor has the bucket: its name's first characters, which are hexadecimal digits of a hash.
[[nodiscard]] inline std::string_view bucket_shard(std::string_view bucket) noexcept { return bucket.substr(0, 2); }

class RateBucketsRole final : public RateBucketsActor {
 private:
  Task<> take(TakeParams::Reader in, TakeResults::Builder out) override;
  void make_room(std::int64_t now_ns);

  std::unordered_map<std::string, RateCell> cells_;
};

}  // namespace troupe::gateway
