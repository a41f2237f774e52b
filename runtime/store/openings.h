// How often a store was opened for writing: a number of its own that only grows, where a clock may be set back.
#pragma once

#include <cstdint>

#include "store/environment.h"
#include "troupe/error.h"

namespace troupe::store {

// Counts this opening, and says which one it is; the first is 1. On a disk that takes no more the number is not kept,
// and the next opening has it again.
[[nodiscard]] Result<std::uint64_t> count_opening(Environment& environment);

}  // namespace troupe::store
