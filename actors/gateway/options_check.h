// Whether a gateway can be as it is told to be.
#pragma once

#include "gateway/gateway.h"

namespace troupe::gateway {

// Throws `invalid` that names the option.
void check(const GatewayOptions& options);

}  // namespace troupe::gateway
