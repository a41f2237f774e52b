#include "auth/http/callers.h"

#include <map>
#include <memory>
#include <utility>

#include "auth/issuer_keys.h"
#include "auth/scope.h"
#include "auth/token_error.h"
#include "gateway/bearer.h"
#include "troupe/limits.h"

namespace troupe::auth::web {
namespace {

// Of an issuer elsewhere.
struct Standing {
  std::string called;
  bool roles = false;
};

TrustedIssuer trust_outside(const OutsideIssuer& issuer) {
  auto keys = std::make_shared<IssuerKeys>(IssuerKeysOptions{.fetch = fetch_jwks(issuer.keys),
                                                             .refresh_every = issuer.refresh_every,
                                                             .min_interval = issuer.min_interval,
                                                             .complain = issuer.complain});
  return trust(issuer.name, std::move(keys), issuer.type);
}

gateway::AuthenticatePatiently by_tokens(std::string audience, std::vector<TrustedIssuer> trusted,
                                         const std::vector<OutsideIssuer>& others) {
  std::map<std::string, Standing> standings;
  for (const OutsideIssuer& other : others) {
    trusted.push_back(trust_outside(other));
    standings.emplace(other.name, Standing{other.called, other.roles});
  }
  const auto check =
      std::make_shared<const TokenCheck>(CheckOptions{.issuers = std::move(trusted), .audience = std::move(audience)});
  return gateway::bearer_patiently([check, standings = std::move(standings)](
                                       std::string_view token, bool may_wait) -> std::optional<Result<Caller>> {
    const auto now = std::chrono::system_clock::now();
    auto checked = may_wait ? std::optional(check->check(token, now)) : check->check_at_once(token, now);
    if (!checked) return std::nullopt;
    if (!checked->ok()) return checked->error();
    const Claims& claims = *checked->value();
    const auto standing = standings.find(claims.issuer);
    if (standing == standings.end()) return caller_of(claims);
    Claims here = claims;
    here.subject = standing->second.called + claims.subject;
    if (!standing->second.roles) here.roles.clear();
    return caller_of(here);
  });
}

}  // namespace

gateway::AuthenticatePatiently callers(Node& node, const Issuer& issuer, std::vector<OutsideIssuer> others) {
  return by_tokens(issuer.config().audience, {trust(issuer.config().issuer, issuer.keys(node))}, others);
}

gateway::AuthenticatePatiently callers(std::string audience, std::vector<OutsideIssuer> others) {
  return by_tokens(std::move(audience), {}, others);
}

Result<Caller> caller_of(const Claims& claims) {
  Caller caller{.name = claims.subject, .roles = join_scope(claims.roles), .scopes = join_scope(claims.scope)};
  if (caller.name.size() > troupe::limits::kMaxCallerNameBytes ||
      caller.roles.size() > troupe::limits::kMaxCallerWordsBytes ||
      caller.scopes.size() > troupe::limits::kMaxCallerWordsBytes)
    return token_error(TokenFault::claims, "the token names a subject, roles or scopes that are too long");
  return caller;
}

}  // namespace troupe::auth::web
