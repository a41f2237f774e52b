#include "base/hash_seed.h"

#include <optional>

#include "base/check.h"
#include "base/random.h"

namespace troupe {
namespace {

// Set by main() or never.
std::optional<std::uint64_t>& fixed() noexcept {
  static std::optional<std::uint64_t> seed;
  return seed;
}

}  // namespace

std::uint64_t hash_seed() noexcept {
  static const std::uint64_t seed = fixed() ? *fixed() : random_bits();
  return seed;
}

void fix_hash_seed(std::uint64_t seed) {
  fixed() = seed;
  TROUPE_CHECK(hash_seed() == seed);
}

}  // namespace troupe
