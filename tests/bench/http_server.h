// HTTP of gateways beside a bare Boost.Beast server that does the least it can.
#pragma once

#include "line.h"

namespace troupe::bench {

double http_plain_requests(const Effort& effort);
double http_idle_bytes(const Effort& effort);

}  // namespace troupe::bench
