// The mapping of the paths about crashes: GET /restarts, GET /quarantine, POST /quarantine/clear.
#pragma once

#include "observe/answering.h"
#include "observe/crash_source.h"

namespace troupe::observe {

[[nodiscard]] bool asks_for_crashes(const Target& target);
// Only what asks_for_crashes().
[[nodiscard]] AdminAnswer answer_crashes(CrashSource& source, std::string_view method, const Target& target);

}  // namespace troupe::observe
