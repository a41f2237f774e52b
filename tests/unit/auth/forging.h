// Tokens as an issuer makes them, and as somebody else would like to.
#pragma once

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <utility>

#include "auth/encoding.h"
#include "auth/jwt.h"
#include "auth/key_set.h"
#include "auth/limits.h"
#include "auth/token_error.h"

namespace auth_test {

using namespace std::chrono_literals;
using namespace troupe;
using namespace troupe::auth;

inline const std::chrono::system_clock::time_point kNow{std::chrono::seconds(1'800'000'000)};

inline const SigningKey& ec_key() {
  static const SigningKey key = SigningKey::generate(Algorithm::es256);
  return key;
}
inline const SigningKey& rsa_key() {
  static const SigningKey key = SigningKey::generate(Algorithm::rs256);
  return key;
}

inline Claims good_claims() {
  return {.issuer = "https://issuer.test",
          .subject = "ann",
          .audience = {"shop"},
          .expires = moment_of(kNow) + 300s,
          .not_before = {},
          .issued = moment_of(kNow),
          .scope = {"read", "write"},
          .roles = {"clerk"},
          .id = "t-1",
          .client = "web"};
}

// A key as a check finds it.
inline FindKey only(const SigningKey& key) {
  const auto one = std::make_shared<const VerifyingKey>(key.verifying());
  return [one](std::string_view id) { return id == one->id() ? one : nullptr; };
}

inline CheckOptions trusting(FindKey find) {
  return {.issuers = {{"https://issuer.test", std::move(find)}}, .audience = "shop"};
}

// A token with a header and a payload as they are given, signed with the key.
inline std::string signed_by(const SigningKey& key, const std::string& header, const std::string& payload) {
  const std::string bytes = to_base64url(header) + '.' + to_base64url(payload);
  return bytes + '.' + to_base64url(key.sign(bytes));
}

inline std::string header_of(const SigningKey& key, const std::string& more = "") {
  return R"({"alg":")" + std::string(to_string(key.verifying().algorithm())) + R"(","kid":")" + key.verifying().id() +
         R"(","typ":"at+jwt")" + more + "}";
}

// The code of the error that the token is refused with; "" when it is taken.
inline std::string refused(const TokenCheck& check, const std::string& token,
                           std::chrono::system_clock::time_point now = kNow) {
  const auto checked = check.check(token, now);
  if (checked.ok()) return "";
  CHECK(checked.error().kind() == ErrorKind::unauthenticated);
  // What the token says is nobody's to read in a log.
  if (token.size() > 40) CHECK(checked.error().message().find(token.substr(0, 40)) == std::string::npos);
  return checked.error().code();
}

}  // namespace auth_test
