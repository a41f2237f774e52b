// Chance, for names that nobody else must have.
#pragma once

#include <cstdint>

namespace troupe {

// From the system, every time. Any thread.
[[nodiscard]] std::uint64_t random_bits();

// Where a simulation takes chance from, so that a seed brings back all of it.
class Chance {
 public:
  [[nodiscard]] virtual std::uint64_t bits() noexcept = 0;

 protected:
  ~Chance() = default;
};

// Null: from the system.
[[nodiscard]] inline std::uint64_t random_bits(Chance* chance) { return chance ? chance->bits() : random_bits(); }

}  // namespace troupe
