// Who sends a request, by a bearer token: of the program's own issuer, of issuers elsewhere, or of several.
//
//   options.authenticate_patiently = auth::web::callers(node, issuer, {{.name = "https://id.example",
//       .keys = {.url = "https://id.example/jwks"}, .called = "id.example/"}});
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "auth/claims.h"
#include "auth/http/fetch_jwks.h"
#include "auth/issuer.h"
#include "auth/jwt.h"
#include "gateway/gateway.h"

namespace troupe::auth::web {

struct OutsideIssuer {
  std::string name;   // `iss`, exactly
  JwksSource keys{};  // where it publishes them
  // What the names of its users begin with here, so that nobody of there is taken for somebody of here. Empty: the
  // program knows that their names are the same people.
  std::string called{};
  bool roles = false;                                    // whether its claim `roles` counts here
  TokenType type = TokenType::access;                    // `any`: it does not say `at+jwt`
  std::chrono::milliseconds refresh_every{15 * 60'000};  // of its keys
  std::chrono::milliseconds min_interval{10'000};        // between two fetches, whatever keys tokens name
  std::function<void(const std::string&)> complain{};    // why a fetch failed; as IssuerKeysOptions::complain
};

// For GatewayOptions::authenticate_patiently: who bears a token of the issuer's, or of one of those elsewhere, for the
// issuer's audience. A request without a token is nobody's; one with a token that is none is refused with the reason
// as its code. Throws `invalid` for what auth::TokenCheck and fetch_jwks() do not take, and for an issuer that is there
// twice. `node` outlives what it gives.
[[nodiscard]] gateway::AuthenticatePatiently callers(Node& node, const Issuer& issuer,
                                                     std::vector<OutsideIssuer> others = {});
// The same for a program that has no issuer of its own.
[[nodiscard]] gateway::AuthenticatePatiently callers(std::string audience, std::vector<OutsideIssuer> others);

// As the runtime knows them: name, roles and scopes. `unauthenticated`, token_claims: they are too long for that.
[[nodiscard]] Result<Caller> caller_of(const Claims& claims);

}  // namespace troupe::auth::web
