// The part of the admin API about traces: GET /traces, GET /traces/ID. Pure.
#pragma once

#include "observe/answering.h"
#include "observe/trace_source.h"

namespace troupe::observe {

[[nodiscard]] bool asks_for_traces(const Target& target);
[[nodiscard]] AdminAnswer answer_traces(TraceSource& source, std::string_view method, const Target& target);

}  // namespace troupe::observe
