// The mapping of the paths about turns that were: GET /events, GET /recordings, POST /recordings/start,
// POST /recordings/stop.
#pragma once

#include "observe/answering.h"
#include "observe/event_source.h"

namespace troupe::observe {

[[nodiscard]] bool asks_for_events(const Target& target);
// Only what asks_for_events().
[[nodiscard]] AdminAnswer answer_events(EventSource& source, std::string_view method, const Target& target);

}  // namespace troupe::observe
