// What no coordinator takes, whichever back end it has. Pure; any thread.
#pragma once

#include <string_view>

#include "coordinator/coordinator.h"

namespace troupe::coordinator {

[[nodiscard]] Result<void> check_key(std::string_view key);
// The beginning of a key, or nothing.
[[nodiscard]] Result<void> check_prefix(std::string_view prefix);
[[nodiscard]] Result<void> check_transaction(const Transaction& transaction);

// A session's time to live: at least kMinTtl. What is longer than kMaxTtl is that.
inline constexpr std::chrono::seconds kMinTtl{1};
inline constexpr std::chrono::hours kMaxTtl{24};
inline constexpr std::size_t kMaxSessionName = 256;
[[nodiscard]] Result<std::chrono::milliseconds> check_session(std::string_view name, std::chrono::milliseconds ttl);

// `tried`: "cannot read members/a". `unavailable` for no time at all.
[[nodiscard]] Result<void> check_timeout(std::string_view tried, std::chrono::milliseconds timeout);

}  // namespace troupe::coordinator
