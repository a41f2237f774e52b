// Who sends a request by a token in its header Authorization (RFC 6750).
#pragma once

#include <functional>
#include <optional>
#include <string_view>

#include "gateway/gateway.h"

namespace troupe::gateway {

// Whose token that is. An error, `unauthenticated`, is the answer. On the connection's thread, several at once; must
// not block.
using CheckToken = std::function<Result<Caller>(std::string_view token)>;

// For GatewayOptions::authenticate. A request without the header is of nobody that is known; one that has it twice, or
// with anything but a bearer token, is refused. Throws `invalid` for an empty function. With actors/auth:
//
//   options.authenticate = gateway::bearer([&](std::string_view token) -> Result<Caller> {
//     auto claims = check.check(token, std::chrono::system_clock::now());
//     if (!claims.ok()) return claims.error();
//     return Caller{(*claims)->subject, ...};
//   });
[[nodiscard]] Authenticate bearer(CheckToken check);

// The same where it may have to be waited for; as AuthenticatePatiently.
using CheckTokenPatiently = std::function<std::optional<Result<Caller>>(std::string_view token, bool may_wait)>;
// For GatewayOptions::authenticate_patiently.
[[nodiscard]] AuthenticatePatiently bearer_patiently(CheckTokenPatiently check);

}  // namespace troupe::gateway
