// The line saga_steps: many sagas side by side, every step of which is a commit of its own.
#pragma once

#include "line.h"

namespace troupe::bench {

// Finished steps per second.
double saga_steps(const Effort& effort);
// The same two writes a step: the journal's row, and the table's count.
double lmdb_saga_steps(const Effort& effort);

}  // namespace troupe::bench
