#include "base/hash_seed.h"

#include "base/random.h"

namespace troupe {

std::uint64_t hash_seed() noexcept {
  static const std::uint64_t seed = random_bits();
  return seed;
}

}  // namespace troupe
