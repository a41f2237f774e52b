// The actor of sleeper.capnp. host_cast() hosts it too.
#pragma once

#include <troupe/actor.h>
#include <troupe/node.h>

#include <memory>

#include "sleeper.capnp.troupe.h"

namespace troupe::contract {

void host_sleeper(Node& node);
[[nodiscard]] std::unique_ptr<Actor> make_sleeper();

}  // namespace troupe::contract
