// What a process holds in memory of its own: files that are mapped do not count, and what has been freed is given back
// to the system first.
#pragma once

#include <cstdint>

namespace troupe::bench {

[[nodiscard]] std::int64_t resident_bytes();

}  // namespace troupe::bench
