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

// Whether it is for a role that somebody may call whom the rule allows, and not because the actor is their own.
[[nodiscard]] bool is_by_role(const AccessRule& rule, const Caller& asks, std::string_view key) noexcept;

}  // namespace troupe::gateway
