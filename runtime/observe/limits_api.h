// The mapping of the paths about limits of calls: GET /breakers, GET /limits, POST /breakers/METHOD/open, reset.
#pragma once

#include "observe/answering.h"
#include "observe/limits_source.h"

namespace troupe::observe {

[[nodiscard]] bool asks_for_limits(const Target& target);
// Only what asks_for_limits().
[[nodiscard]] AdminAnswer answer_limits(LimitsSource& source, std::string_view method, const Target& target);

}  // namespace troupe::observe
