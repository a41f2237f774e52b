// When a crashed activation starts again: a pure decision on what happened before.
#pragma once

#include <string>
#include <vector>

#include "actor/context.h"
#include "base/clock.h"
#include "troupe/node.h"

namespace troupe::supervise {

// `history` holds the crashes before this one, oldest first; those out of the window go, this one is added.
// The first crash within the window restarts at once, the next ones wait, doubling; one more than
// `policy.restarts` gives up.
[[nodiscard]] actor::Verdict decide(const RestartPolicy& policy, std::vector<TimePoint>& history, TimePoint now);

// "10 restarts in 10000 ms, backoff 10 to 2000 ms, given up for 30000 ms"
[[nodiscard]] std::string in_words(const RestartPolicy& policy);

}  // namespace troupe::supervise
