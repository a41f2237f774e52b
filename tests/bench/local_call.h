// The lines local_call_*: pairs of actors without durable state on one node of two workers, one calling the other.
#pragma once

#include "line.h"

namespace troupe::bench {

// Calls per second, all pairs together.
double local_calls(int pairs, const Effort& effort);

}  // namespace troupe::bench
