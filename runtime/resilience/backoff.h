// How long a call waits before it is attempted again: doubling, with as much of each wait taken off by chance as the
// policy says. With a jitter of 1 that is the "full jitter" of M. Brooker, "Exponential Backoff And Jitter" (AWS
// Architecture Blog, 2015), which spreads those that failed together best for the work it makes. Pure.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "troupe/call_policy.h"
#include "troupe/duration.h"

namespace troupe::resilience {

// `failed`: attempts so far, from 1. `asked`: what the error asked for, waited for in full and up to a fifth longer.
// `chance`: from 0 to 1.
[[nodiscard]] inline std::chrono::milliseconds backoff(const RetryPolicy& policy, std::uint32_t failed,
                                                       std::chrono::milliseconds asked, double chance) noexcept {
  using std::chrono::milliseconds;
  constexpr double kLonger = 0.2;
  constexpr milliseconds kLongest{std::chrono::hours(24)};
  const auto whole = std::min(doubled(policy.backoff, std::max(failed, 1u) - 1, policy.max_backoff), kLongest);
  const auto own = whole - milliseconds(static_cast<std::int64_t>(static_cast<double>(whole.count()) * policy.jitter *
                                                                  std::clamp(chance, 0.0, 1.0)));
  if (asked.count() <= 0) return own;
  asked = std::min(asked, kLongest);
  return std::max(own, asked + milliseconds(static_cast<std::int64_t>(static_cast<double>(asked.count()) * kLonger *
                                                                      std::clamp(chance, 0.0, 1.0))));
}

}  // namespace troupe::resilience
