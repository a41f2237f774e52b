// What hashes of names that strangers choose begin with, so that they cannot choose names that fall together.
#pragma once

#include <cstdint>

#include "troupe/ids.h"

namespace troupe {

// Of this process, by chance. Any thread.
[[nodiscard]] std::uint64_t hash_seed() noexcept;

// Hashes a number or an id that a peer chose.
struct SeededHash {
  [[nodiscard]] std::size_t operator()(std::uint64_t number) const noexcept { return mix(number ^ hash_seed()); }
  [[nodiscard]] std::size_t operator()(const RequestId& id) const noexcept {
    return mix(mix(id.hi ^ hash_seed()) ^ id.lo);
  }
};

}  // namespace troupe
