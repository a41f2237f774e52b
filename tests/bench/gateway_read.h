// The line gateway_read: an actor's answer as JSON.
#pragma once

#include "line.h"

namespace troupe::bench {

// Requests per second.
double gateway_reads(const Effort& effort);

}  // namespace troupe::bench
