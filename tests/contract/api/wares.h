// The wares in both versions of their API, and a program's gateway before them.
#pragma once

#include "troupe/node.h"
#include "wares_v1.capnp.troupe.h"
#include "wares_v2.capnp.troupe.h"

namespace troupe::wares {

void host_wares(Node& node);

}  // namespace troupe::wares
