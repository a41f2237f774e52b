// Depots take and send messages of any length.
#pragma once

#include <troupe/node.h>

namespace troupe::contract {

void host_depots(Node& node);

}  // namespace troupe::contract
