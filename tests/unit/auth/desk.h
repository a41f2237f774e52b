// An issuer on a testbed, and what a client sees of it.
#pragma once

#include <doctest/doctest.h>

#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "auth/encoding.h"
#include "auth/jwks.h"
#include "auth/limits.h"
#include "auth/token_error.h"
#include "member.h"
#include "troupe/testing.h"

namespace auth_test {

using namespace std::chrono_literals;
using namespace troupe;
using namespace troupe::auth;
using Pairs = std::vector<std::pair<std::string, std::string>>;

inline const std::string kMachineSecret = "machine-secret-of-tests";

inline IssuerConfig shop_config() {
  return {.issuer = "https://issuer.test",
          .audience = "shop",
          .clients = {{.id = "web",
                       .redirect_uris = {"https://web.test/back", "https://web.test/back?x=1"},
                       .grants = {Grant::authorization_code, Grant::refresh_token},
                       .scopes = {"read", "write"}},
                      {.id = "app",
                       .grants = {Grant::password, Grant::refresh_token},
                       .scopes = {"read", "write"},
                       .first_party = true},
                      {.id = "machine",
                       .secret_hash = hash_secret(kMachineSecret),
                       .grants = {Grant::client_credentials},
                       .scopes = {"stock"},
                       .roles = {"robot"}}}};
}

struct Heard {
  unsigned status = 0;
  nlohmann::json body;
  std::string authenticate;
  std::uint64_t retry_after_ms = 0;
  std::string location;
  [[nodiscard]] std::string error() const { return body.value("error", ""); }
  [[nodiscard]] std::string text(const char* name) const { return body.value(name, ""); }
};

inline Heard read(TokenAnswer::Reader answer) {
  Heard out{.status = answer.getStatus(),
            .authenticate = answer.getAuthenticate(),
            .retry_after_ms = answer.getRetryAfterMs(),
            .location = answer.getLocation()};
  if (answer.getBody().size() > 0) out.body = nlohmann::json::parse(answer.getBody().cStr());
  return out;
}

class Desk {
 public:
  explicit Desk(IssuerConfig config = shop_config(), Users users = members::users())
      : issuer(std::move(config), std::move(users)), bed([this](Node& node) {
          issuer.host(node);
          node.host<members::MemberRole>();
        }) {}

  void join(const std::string& user, const std::string& password, const std::vector<std::string>& roles = {"shopper"}) {
    bed.finish(bed.ref<members::Member>(user).join([&](auto p) {
      p.setPassword(password);
      auto list = p.initRoles(static_cast<unsigned>(roles.size()));
      for (unsigned i = 0; i < list.size(); ++i) list.set(i, roles[i]);
    }));
  }
  Heard token(const Pairs& pairs, const std::string& authorization = "", const std::string& address = "192.0.2.1") {
    const auto reply =
        bed.finish(bed.node().ref<TokenEndpoint>().token([&](auto p) { fill(p, pairs, authorization, address); }));
    return read(reply->getAnswer());
  }
  Heard revoke(const Pairs& pairs) {
    const auto reply =
        bed.finish(bed.node().ref<TokenEndpoint>().revoke([&](auto p) { fill(p, pairs, "", "192.0.2.1"); }));
    return read(reply->getAnswer());
  }
  Heard authorize(const Pairs& pairs, const std::string& user = "ann") {
    const auto reply = bed.finish(bed.node().ref<TokenEndpoint>().authorize([&](auto p) {
      parameters(p.initParameters(static_cast<unsigned>(pairs.size())), pairs);
      p.setUser(user);
    }));
    return read(reply->getAnswer());
  }
  Heard log_in(const std::string& user, const std::string& password, const std::string& address = "192.0.2.1") {
    return token({{"grant_type", "password"}, {"client_id", "app"}, {"username", user}, {"password", password}}, "",
                 address);
  }
  Heard refresh(const std::string& token_text, const std::string& client = "app") {
    return token({{"grant_type", "refresh_token"}, {"client_id", client}, {"refresh_token", token_text}});
  }
  // How many rows all actors of the service have in that table.
  [[nodiscard]] std::size_t rows(const std::string& service, const std::string& table) {
    bed.settle();
    std::size_t count = 0;
    const auto listed = bed.node().admin("GET", "/actors?limit=500&service=" + service, "");
    const auto actors = nlohmann::json::parse(listed.second);
    for (const auto& actor : actors.at("actors")) {
      const std::string key = actor.at("key");
      const auto answer = bed.node().admin("GET", "/actors/" + service + "/" + key + "/tables", "");
      const auto tables = nlohmann::json::parse(answer.second);
      for (const auto& one : tables.at("tables"))
        if (one.at("name") == table) count += one.at("rows").get<std::size_t>();
    }
    return count;
  }
  // What an access token says, by the issuer's published keys.
  Result<std::shared_ptr<const Claims>> check(const std::string& access) {
    const auto reply = bed.finish(bed.ref<TokenKeys>(issuer.config().issuer).publish());
    auto keys = read_jwks(std::string(reply->getJwks())).value().keys;
    const TokenCheck check({.issuers = {{issuer.config().issuer,
                                         [keys](std::string_view id) {
                                           for (const auto& key : keys)
                                             if (key->id() == id) return key;
                                           return KeyPointer();
                                         }}},
                            .audience = issuer.config().audience});
    return check.check(access, bed.clock().now());
  }

  Issuer issuer;
  testing::TestNode bed;

 private:
  static void parameters(capnp::List<Parameter>::Builder list, const Pairs& pairs) {
    for (unsigned i = 0; i < list.size(); ++i) {
      list[i].setName(pairs[i].first);
      list[i].setValue(pairs[i].second);
    }
  }
  template <class Params>
  static void fill(Params p, const Pairs& pairs, const std::string& authorization, const std::string& address) {
    parameters(p.initParameters(static_cast<unsigned>(pairs.size())), pairs);
    p.setAuthorization(authorization);
    p.setClientAddress(address);
  }
};

}  // namespace auth_test
