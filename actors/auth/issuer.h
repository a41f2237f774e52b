// An issuer of tokens within a program: hosts its actors, and gives the checks that go with them.
//
//   auth::Issuer issuer({.issuer = "https://shop.example", .audience = "shop", .clients = {...}}, users);
//   issuer.host(node);      // before start(), on every node that owns actors
//   node.start();
//   issuer.prepare(node);   // after; on one node or on all
//   auth::TokenCheck check = issuer.check(node);
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "auth/config.h"
#include "auth/issuer_keys.h"
#include "auth/jwt.h"
#include "auth/users.h"
#include "troupe/duration.h"
#include "troupe/node.h"

namespace troupe::auth {

struct IssuerFacts;

class Issuer {
 public:
  // Throws `invalid` as check(config) does, and for a function of `users` that a client's grants need and that is
  // empty.
  Issuer(IssuerConfig config, Users users);

  // The same on every node of a cluster.
  void host(Node& node) const;
  // Sees to it that there is a key. Blocks; throws the Error of the call.
  void prepare(Node& node, Nanoseconds timeout = std::chrono::seconds(10)) const;
  // The document for `/.well-known/jwks.json`. As prepare().
  [[nodiscard]] std::string jwks(Node& node, Nanoseconds timeout = std::chrono::seconds(10)) const;
  // The keys as this node knows them, asked for again each `refresh_every`: so late a removed key is noticed. Its
  // find() is for threads outside actors. `node` outlives them.
  [[nodiscard]] std::shared_ptr<IssuerKeys> keys(Node& node, std::chrono::milliseconds refresh_every = {}) const;
  // A check of this issuer's tokens alone, for threads outside actors; several issuers: TokenCheck and keys().
  [[nodiscard]] TokenCheck check(Node& node) const;

  [[nodiscard]] const IssuerConfig& config() const noexcept;
  // Whether Users::verify was given.
  [[nodiscard]] bool verifies_users() const noexcept;

 private:
  std::shared_ptr<const IssuerFacts> facts_;
};

}  // namespace troupe::auth
