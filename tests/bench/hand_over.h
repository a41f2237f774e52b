// The lines handover_pause_p99 and join_rebalance: two nodes that find each other by a coordinator in a directory.
#pragma once

#include "line.h"

namespace troupe::bench {

// Microseconds that calls waited for a partition in the last steps of its hand-over, the 99th of a hundred, while
// callers are at work and a member is drained and returns again and again.
double hand_over_pause_us(const Effort& effort);
// The goal of that, 50 ms.
double hand_over_goal_us(const Effort& effort);

// Bytes a second of what a member's disk gets when it joins one that has all of it.
double join_bytes_per_second(const Effort& effort);
// Of a file as large, copied and synced.
double copied_bytes_per_second(const Effort& effort);

}  // namespace troupe::bench
