// The wall clock's time as it stands in messages and rows.
#pragma once

#include <chrono>
#include <cstdint>

namespace troupe::topic {

[[nodiscard]] inline std::uint64_t wall_ms(std::chrono::system_clock::time_point time) {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count());
}

}  // namespace troupe::topic
