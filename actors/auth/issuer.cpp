#include "auth/issuer.h"

#include <utility>

#include "auth/authorization_codes.h"
#include "auth/login_buckets.h"
#include "auth/refresh_families.h"
#include "auth/token_endpoint.h"
#include "auth/token_keys.h"
#include "auth/words.h"

namespace troupe::auth {
namespace {

constexpr std::chrono::minutes kRefreshOwnKeys{1};
constexpr std::chrono::seconds kFetchOwnKeys{5};

}  // namespace

Issuer::Issuer(IssuerConfig config, Users users) {
  auth::check(config);
  for (const auto& client : config.clients) {
    if (may(client, Grant::password) && !users.verify)
      throw Error(ErrorKind::invalid, "client '" + client.id + "' has the grant password, and nothing verifies users");
    if ((may(client, Grant::refresh_token) || may(client, Grant::authorization_code)) && !users.look_up)
      throw Error(ErrorKind::invalid, "client '" + client.id + "' has a grant that looks users up, and nothing does");
  }
  facts_ = std::make_shared<const IssuerFacts>(IssuerFacts{std::move(config), std::move(users)});
}

const IssuerConfig& Issuer::config() const noexcept { return facts_->config; }

bool Issuer::verifies_users() const noexcept { return static_cast<bool>(facts_->users.verify); }

void Issuer::host(Node& node) const {
  const std::shared_ptr<const IssuerConfig> config(facts_, &facts_->config);
  node.host<TokenKeysRole>(std::function([config] { return std::make_unique<TokenKeysRole>(config); }));
  node.host<RefreshFamiliesRole>();
  node.host<AuthorizationCodesRole>();
  node.host<LoginBucketsRole>();
  node.host<TokenEndpointRole>(std::function([facts = facts_] { return std::make_unique<TokenEndpointRole>(facts); }));
}

void Issuer::prepare(Node& node, Nanoseconds timeout) const {
  (void)node.ref<TokenKeys>(config().issuer).prepare().get(timeout);
}

std::string Issuer::jwks(Node& node, Nanoseconds timeout) const {
  const auto published = node.ref<TokenKeys>(config().issuer).publish().get(timeout);
  return text_of(published->getJwks());
}

std::shared_ptr<IssuerKeys> Issuer::keys(Node& node, std::chrono::milliseconds refresh_every) const {
  IssuerKeysOptions options;
  options.fetch = [&node, issuer = *this] { return issuer.jwks(node, kFetchOwnKeys); };
  options.refresh_every = refresh_every.count() > 0 ? refresh_every : kRefreshOwnKeys;
  return std::make_shared<IssuerKeys>(std::move(options));
}

TokenCheck Issuer::check(Node& node) const {
  const auto keys = this->keys(node);
  return TokenCheck({.issuers = {trust(config().issuer, keys)}, .audience = config().audience});
}

}  // namespace troupe::auth
