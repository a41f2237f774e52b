// How often somebody may send requests.
#pragma once

#include <cstdint>

namespace troupe::gateway {

// A bucket that holds `burst` tokens and gets `per_minute`, steadily; a request takes one.
struct RateLimit {
  std::uint32_t per_minute = 0;  // 0: without a limit; at most kMaxPerMinute
  std::uint32_t burst = 0;       // 0: as many as `per_minute`; at most kMaxBurst

  [[nodiscard]] bool limits() const noexcept { return per_minute != 0; }
  [[nodiscard]] std::uint32_t holds() const noexcept { return burst != 0 ? burst : per_minute; }
};
inline constexpr std::uint32_t kMaxPerMinute = 1'000'000;
inline constexpr std::uint32_t kMaxBurst = 1'000'000;

}  // namespace troupe::gateway
