// Chance, for names that nobody else must have.
#pragma once

#include <cstdint>

namespace troupe {

// From the system, every time. Any thread.
[[nodiscard]] std::uint64_t random_bits();

}  // namespace troupe
