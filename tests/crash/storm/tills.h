// The actors of the storm (storm.capnp). They trust the runtime's promises and do nothing to keep them: what arrives
// twice is applied twice, and written down as a fault.
#pragma once

#include "troupe/node.h"

namespace troupe::storm {

void host_tills(Node& node);

}  // namespace troupe::storm
