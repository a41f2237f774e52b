// A moment of the wall clock as people read it.
#pragma once

#include <cstdint>
#include <string>

namespace troupe {

// `ms` since the Unix epoch: "2026-11-20 14:33:01.250Z".
[[nodiscard]] std::string wall_time(std::uint64_t ms);

}  // namespace troupe
