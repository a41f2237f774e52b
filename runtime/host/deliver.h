// What the host gives an actor to do in a turn of its own, and waits for.
#pragma once

#include <chrono>
#include <memory>

#include "host/node_routing.h"
#include "wire/delivery.h"

namespace troupe::host {

// Done when the turn is committed. For an actor of this node; not from inside a handler. `deadline`: not within
// `timeout`, and it may still happen.
[[nodiscard]] Result<void> deliver(NodeRouting& routing, wire::AddressPtr target, wire::Delivery delivery,
                                   std::chrono::milliseconds timeout);

}  // namespace troupe::host
