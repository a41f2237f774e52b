// What the system says of the process that a node runs in, under the names that all programs use for it.
#pragma once

#include "inspect/families.h"

namespace troupe::inspect {

void add_process(Families& out);

}  // namespace troupe::inspect
