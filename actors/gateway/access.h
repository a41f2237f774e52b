// Who asks, and whether a rule of the schema lets them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "troupe/error.h"
#include "troupe/http_route.h"

namespace troupe::gateway {

// Somebody who is known, by a token say.
struct Identity {
  std::string name;
  std::vector<std::string> roles;
  std::vector<std::string> scopes;
};

// `asks` null: nobody that is known. `key`: of the actor. `unauthenticated` when it helps to be known; else `denied`.
[[nodiscard]] Result<void> allows(const AccessRule& rule, const Identity* asks, std::string_view key,
                                  std::string_view method);

}  // namespace troupe::gateway
