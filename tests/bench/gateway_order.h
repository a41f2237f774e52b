// The lines gateway_order*: orders of somebody who is logged in, each a new durable actor.
#pragma once

#include "line.h"

namespace troupe::bench {

// Answered orders per second.
double gateway_orders(const Effort& effort);
// The same calls of 64 actors, without HTTP, JSON and tokens.
double order_calls(const Effort& effort);

// In microseconds, at half of the load it can take; and what it should be.
double gateway_order_p99_us(const Effort& effort);
double gateway_order_p99_goal_us(const Effort& effort);

}  // namespace troupe::bench
