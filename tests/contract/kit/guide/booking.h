// The services of the example.
#pragma once

#include <troupe/node.h>

namespace guide {

void host_services(troupe::Node& node);

}  // namespace guide
