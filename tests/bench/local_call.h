// The lines local_call_*: pairs of actors without durable state on one node of two workers, one calling the other.
#pragma once

#include "line.h"

namespace troupe::bench {

// Calls per second, all pairs together.
double local_calls(int pairs, const Effort& effort);

// The same of one pair on a node that counts and measures nothing of it.
double local_calls_uncounted(const Effort& effort);

// The same of one pair on a node that joined a cluster by a coordinator and owns all partitions.
double local_calls_of_a_member(const Effort& effort);

// The same of one pair, in runs of 1024 that each begin a trace: 1 in 100 is recorded with all its calls and turns, if
// `tracing` is on.
double traced_local_calls(bool tracing, const Effort& effort);
// Those of one pair on a node whose flight recorder is off.
double local_calls_unrecorded(const Effort& effort);

// Calls per second of one actor to a pool of its node, which has one actor for each worker.
double pool_calls(const Effort& effort);

// Messages per second that `senders` actors send to one, which answers the last of every kOneWayBurst.
inline constexpr int kOneWayBurst = 256;
double one_way_messages(int senders, const Effort& effort);

}  // namespace troupe::bench
