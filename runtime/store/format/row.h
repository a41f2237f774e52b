// A row's value: what every record beside an actor's own looks like. One Cap'n Proto struct with a checksum before it.
//
// Layout, little-endian:
//    0  u8   row version (1)
//    1  u8*7 zero
//    8  u64  checksum of everything else
//   16  ...  the struct: one flat Cap'n Proto segment, no segment table; a whole number of 8-byte words
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "troupe/error.h"

namespace troupe::store {

inline constexpr std::uint8_t kRowVersion = 1;
inline constexpr std::size_t kRowHeaderBytes = 16;

// Fills in the header. What follows it is a whole number of 8-byte words.
void finish_row(std::span<std::byte> row);
// The words, in place. `corrupt` when the bytes are not a row, `unimplemented` when a later version wrote it.
[[nodiscard]] Result<std::span<const std::byte>> parse_row(std::span<const std::byte> bytes);

}  // namespace troupe::store
