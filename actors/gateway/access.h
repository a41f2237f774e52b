// Whether a rule of the schema lets somebody call, looked at before anything of the request is read. The node of the
// actor looks again (troupe/caller.h).
#pragma once

#include <string_view>

#include "troupe/caller.h"
#include "troupe/error.h"
#include "troupe/http_route.h"

namespace troupe::gateway {

// `key`: of the actor. `unauthenticated` when it helps to be known; else `denied`.
[[nodiscard]] Result<void> allows(const AccessRule& rule, const Caller& asks, std::string_view key,
                                  std::string_view method);

}  // namespace troupe::gateway
