// The line idle_activation_bytes: what an actor that has answered and waits costs in memory. Each has a small durable
// state (a counter, 24 bytes) and has committed once.
#pragma once

#include "line.h"

namespace troupe::bench {

// Resident bytes per activation, `effort.activations` of them at once. Reports the rate on stderr.
double idle_activation_bytes(const Effort& effort);

}  // namespace troupe::bench
