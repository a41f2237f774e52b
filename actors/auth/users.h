// What an issuer asks its host about users: the host has them, as actors of its own or elsewhere.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "auth/tokens.capnp.troupe.h"
#include "troupe/actor.h"

namespace troupe::auth {

// Whose turn asks: what a host's functions need of it.
class AskingActor : public TokenEndpointActor {
 public:
  using Actor::blocking;
  using Actor::now;
  using Actor::ref;
};

struct UserFacts {
  std::vector<std::string> roles;
  // Log-ins from before that are over, as when the password was changed: what look_up gives ends their refresh tokens
  // and codes. By the clock of the issuer's nodes.
  std::chrono::system_clock::time_point log_ins_from{};
};

// Both are coroutines that run in a turn of `asking`. They own their parameters, and live no longer than the issuer's
// nodes. Nothing means that there is no such user, or that they may not now. What they throw ends the request:
// `unavailable` and `overloaded` as 503, anything else as an error of the server.
struct Users {
  // Whether this is their password. Unknown users must take as long: check_password() with nothing stored.
  std::function<Task<std::optional<UserFacts>>(AskingActor& asking, std::string user, std::string password)> verify;
  // For those who are known by a refresh token or a code: whether they still may, and what they are now.
  std::function<Task<std::optional<UserFacts>>(AskingActor& asking, std::string user)> look_up;
};

}  // namespace troupe::auth
