// The line overload_goodput_10x.
#pragma once

#include "line.h"

namespace troupe::bench {

// Calls a second that are answered when ten times the capacity is offered, and at capacity.
double goodput_at_ten_times(const Effort& effort);
double goodput_at_capacity(const Effort& effort);

}  // namespace troupe::bench
