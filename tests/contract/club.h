// The actor of club.capnp: who the runtime says is asking. host_cast() hosts it too.
#pragma once

#include <troupe/actor.h>
#include <troupe/node.h>

#include <string>

#include "club.capnp.troupe.h"

namespace troupe::contract {

void host_club(Node& node);

// As a club shows them.
[[nodiscard]] std::string text(const Caller* caller);

}  // namespace troupe::contract
