// The mapping of the paths about pools: GET /pools, POST /pools/SERVICE/balance?policy=WORD.
#pragma once

#include "observe/answering.h"
#include "observe/pool_source.h"

namespace troupe::observe {

[[nodiscard]] bool asks_for_pools(const Target& target);
// Only what asks_for_pools().
[[nodiscard]] AdminAnswer answer_pools(PoolSource& source, std::string_view method, const Target& target);

}  // namespace troupe::observe
