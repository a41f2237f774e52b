// The lines jwt_check*: what it costs to know whose token it is.
#pragma once

#include "line.h"

namespace troupe::bench {

// Microseconds a check, its signature verified each time.
double es256_check_us(const Effort& effort);
double rs256_check_us(const Effort& effort);
// The same token again, which the check remembers.
double repeated_check_us(const Effort& effort);

}  // namespace troupe::bench
