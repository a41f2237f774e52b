// A struct as flat words: one segment, no table, no waste. What is kept in memory and written to disk, and read in
// place without checks; so it is checked once, when it is made and when it comes from disk.
#pragma once

#include <capnp/any.h>

#include <cstddef>
#include <span>
#include <vector>

#include "troupe/error.h"

namespace troupe::actor {

// Deeper states are refused: readers would.
inline constexpr int kMaxStateDepth = 64;
// A row may hold such a thing within structs of its own: what was a message or a state always fits.
inline constexpr int kMaxRowDepth = kMaxStateDepth + 4;

// A copy without what edits left behind; no words for a null pointer. `invalid` for what could not be read back: deeper
// than `depth`.
[[nodiscard]] Result<std::vector<capnp::word>> flatten(capnp::AnyPointer::Reader pointer);
// The same in two steps: how many words it takes, and the copy into so many, which are zero.
[[nodiscard]] Result<std::size_t> flat_words(capnp::AnyPointer::Reader pointer);
[[nodiscard]] Result<void> flatten_into(capnp::AnyPointer::Reader pointer, std::span<capnp::word> words,
                                        int depth = kMaxStateDepth);

// Whether every pointer in it can be followed; a whole number of words.
[[nodiscard]] bool readable(std::span<const std::byte> flat, int depth = kMaxStateDepth) noexcept;

}  // namespace troupe::actor
