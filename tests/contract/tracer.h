// The actor of tracer.capnp: what trace the runtime brought to its turns. host_cast() hosts it too.
#pragma once

#include <troupe/actor.h>
#include <troupe/node.h>

#include <string>

#include "base/trace_context.h"
#include "tracer.capnp.troupe.h"

namespace troupe::contract {

void host_tracer(Node& node);

// As a tracer shows it.
[[nodiscard]] std::string text(const TraceContext* trace);

}  // namespace troupe::contract
