// Moments of the wall clock as states keep them.
#pragma once

#include <chrono>
#include <cstdint>

namespace demo {

// Milliseconds since 1970.
[[nodiscard]] inline std::uint64_t ms_of(std::chrono::system_clock::time_point time) {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count());
}

}  // namespace demo
