// The actor of waiter.capnp, and gates that its turns are held at. host_cast() hosts it too.
#pragma once

#include <troupe/actor.h>
#include <troupe/node.h>

#include <string>

#include "waiter.capnp.troupe.h"

namespace troupe::contract {

void host_waiter(Node& node);

// Of this process: shut until it is opened, and for good then.
void open_gate(const std::string& name);

}  // namespace troupe::contract
