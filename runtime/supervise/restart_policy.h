// When a crashed activation starts again: a pure decision on what happened before.
#pragma once

#include <string>
#include <vector>

#include "actor/context.h"
#include "base/clock.h"
#include "troupe/node.h"

namespace troupe::supervise {

// `history` holds the crashes before this one, oldest first; those out of both windows go, this one is added, and no
// more are kept than a later decision can need. The first crash within the burst's window restarts at once, the next
// ones wait, doubling; past either limit the policy gives up, and the verdict says why. `chance`, from 0 to 1, is what
// the jitter takes of a wait: 0 takes nothing, 1 all of `policy.jitter`.
[[nodiscard]] actor::Verdict decide(const RestartPolicy& policy, std::vector<TimePoint>& history, TimePoint now,
                                    double chance = 0);

// "10 restarts in 10 s and 60 in 1 h, backoff 10 ms to 2 s with jitter 20%, quarantined for 30 s"
[[nodiscard]] std::string in_words(const RestartPolicy& policy);

// Throws `invalid`, beginning with `whose`, for a policy that cannot be meant.
void check(const RestartPolicy& policy, const std::string& whose);

}  // namespace troupe::supervise
