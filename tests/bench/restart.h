// restart_p50: an actor that crashes, and how soon it answers again.
#pragma once

#include "line.h"

namespace troupe::bench {

// From the call that it crashes at to the answer to the next one: the median in microseconds.
double restart_us(const Effort& effort);

}  // namespace troupe::bench
