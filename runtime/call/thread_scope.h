// What the calls of a thread of the host program carry: its scopes (troupe/caller.h, troupe/trace.h).
#pragma once

#include "base/shared_caller.h"
#include "base/trace_context.h"

namespace troupe::call {

struct ThreadScope {
  TracePtr trace;    // null: none
  CallerPtr caller;  // null: they do not come from outside
};

[[nodiscard]] ThreadScope& scope_of_thread() noexcept;

}  // namespace troupe::call
