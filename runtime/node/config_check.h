// What a configuration must be before anything is made of it.
#pragma once

#include "troupe/node.h"

namespace troupe {

// Throws `invalid` that names the field; makes paths absolute, and the one member of a cluster of one.
void check_config(NodeConfig& config);

}  // namespace troupe
