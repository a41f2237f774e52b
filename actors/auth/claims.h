// What a token says of whom (RFC 7519, RFC 9068). A value; any thread.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "troupe/error.h"

namespace troupe::auth {

// Whole seconds since 1970, as tokens count: 0 to limits::kMaxMoment.
using Moment = std::chrono::sys_time<std::chrono::seconds>;
[[nodiscard]] Moment moment_of(std::chrono::system_clock::time_point time) noexcept;

struct Claims {
  std::string issuer;
  std::string subject;
  std::vector<std::string> audience;
  Moment expires{};
  std::optional<Moment> not_before;
  std::optional<Moment> issued;
  std::vector<std::string> scope;
  std::vector<std::string> roles;
  std::string id;      // `jti`; empty: none
  std::string client;  // `client_id`; empty: none
  friend bool operator==(const Claims&, const Claims&) = default;
};

// As the payload of a token. Throws `invalid`, naming the claim, for what read_claims() would not take.
[[nodiscard]] std::string write_claims(const Claims& claims);
// iss, sub, aud and exp must be there. Claims that are not named above are left aside. The errors are token_error()s,
// malformed or claims.
[[nodiscard]] Result<Claims> read_claims(std::string_view payload);

}  // namespace troupe::auth
