// Chance from a seed: the same numbers for the same seed, on every machine.
#pragma once

#include <cstdint>

#include "base/random.h"
#include "troupe/ids.h"

namespace troupe::testing {

class Dice final : public Chance {
 public:
  explicit Dice(std::uint64_t seed) noexcept : seed_(mix(seed)) {}
  [[nodiscard]] std::uint64_t bits() noexcept override { return mix(seed_ + ++thrown_ * kGamma); }
  // 0 to `count` - 1; count is positive.
  [[nodiscard]] std::uint64_t below(std::uint64_t count) noexcept { return bits() % count; }
  [[nodiscard]] bool one_in(std::uint64_t count) noexcept { return below(count) == 0; }

 private:
  static constexpr std::uint64_t kGamma = 0x9e3779b97f4a7c15ULL;
  const std::uint64_t seed_;
  std::uint64_t thrown_ = 0;
};

}  // namespace troupe::testing
