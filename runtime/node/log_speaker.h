// Who speaks when a thread of a node writes a log line: the actor whose turn it runs, and what of it.
#pragma once

#include <functional>
#include <string_view>

namespace troupe::node {

// Gives `add` service, key, method, request, trace and span of the turn that runs on this thread; outside of turns
// nothing.
void who_speaks(const std::function<void(std::string_view name, std::string_view value)>& add);

}  // namespace troupe::node
