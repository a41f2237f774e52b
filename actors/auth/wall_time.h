// The wall clock's time as it stands in states and messages.
#pragma once

#include <chrono>
#include <cstdint>

namespace troupe::auth {

[[nodiscard]] inline std::uint64_t wall_ms(std::chrono::system_clock::time_point time) {
  const auto since = std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
  return since < 0 ? 0 : static_cast<std::uint64_t>(since);
}

}  // namespace troupe::auth
