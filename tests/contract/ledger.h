// Ledgers, which write down what durable messages bring, and posters, which send them.
#pragma once

#include <troupe/node.h>

namespace troupe::contract {

void host_ledgers(Node& node);

}  // namespace troupe::contract
