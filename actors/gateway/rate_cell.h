// One bucket: the generic cell rate algorithm (ITU-T I.371, annex A, "virtual scheduling"), whose whole state is when
// the bucket is full again. Pure.
#pragma once

#include <algorithm>
#include <cstdint>

#include "gateway/rate_limit.h"

namespace troupe::gateway {

class RateCell {
 public:
  struct Taken {
    std::uint32_t granted = 0;
    std::int64_t retry_after_ns = 0;  // when there is one again; 0 if any were granted
  };

  // `now_ns`: of a clock that does not go back. `limit`: good, and of at least one a minute.
  Taken take(const RateLimit& limit, std::int64_t now_ns, std::uint32_t wanted) noexcept {
    constexpr std::int64_t kMinuteNs = 60'000'000'000;
    const std::int64_t interval = kMinuteNs / limit.per_minute;
    const std::int64_t capacity = interval * limit.holds();
    // A limit that was lowered makes nobody wait longer than an empty bucket would.
    const std::int64_t full = std::clamp(full_at_ns_, now_ns, now_ns + capacity);
    const std::int64_t there = (now_ns + capacity - full) / interval;
    if (there <= 0) return {0, full + interval - (now_ns + capacity)};
    // Many at once only while there are many: near the limit each is asked for, and nobody hoards what others lack.
    const std::int64_t share = std::max<std::int64_t>(1, there / kShare);
    const std::int64_t granted = std::min<std::int64_t>(wanted, share);
    full_at_ns_ = full + granted * interval;
    return {static_cast<std::uint32_t>(granted), 0};
  }
  [[nodiscard]] bool is_full(std::int64_t now_ns) const noexcept { return full_at_ns_ <= now_ns; }
  [[nodiscard]] std::int64_t full_at_ns() const noexcept { return full_at_ns_; }

  static constexpr std::int64_t kShare = 4;  // what one request for tokens gets at most: a quarter

 private:
  std::int64_t full_at_ns_ = 0;
};

}  // namespace troupe::gateway
