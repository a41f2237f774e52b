// What hashes of names that strangers choose begin with, so that they cannot choose names that fall together.
#pragma once

#include <cstdint>

#include "troupe/ids.h"

namespace troupe {

// Of this process, by chance. Any thread.
[[nodiscard]] std::uint64_t hash_seed() noexcept;
// For a program that simulates, whose tables have to lie in the same order every time it is started. Before anything is
// hashed; later it is a broken invariant.
void fix_hash_seed(std::uint64_t seed);

// Hashes a number or an id that a peer chose.
struct SeededHash {
  [[nodiscard]] std::size_t operator()(std::uint64_t number) const noexcept { return mix(number ^ hash_seed()); }
  [[nodiscard]] std::size_t operator()(const RequestId& id) const noexcept {
    return mix(mix(id.hi ^ hash_seed()) ^ id.lo);
  }
};

}  // namespace troupe
