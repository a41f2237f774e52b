// The mapping of the paths about log lines: GET /logs, GET /logs/levels, POST /logs/levels.
#pragma once

#include "observe/answering.h"
#include "observe/log_source.h"

namespace troupe::observe {

// What GET /logs?wait_ms= may wait at most.
inline constexpr long kMaxLogWaitMs = 20'000;
// Requests that wait for lines at once; each has one of the admin socket's threads.
inline constexpr int kMaxLogWaits = 16;

[[nodiscard]] bool asks_for_logs(const Target& target);
// Only what asks_for_logs().
[[nodiscard]] AdminAnswer answer_logs(LogSource& source, std::string_view method, const Target& target);

}  // namespace troupe::observe
