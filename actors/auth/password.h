// Passwords as they are kept: Argon2id (RFC 9106) with its salt and costs in one text. Each of these takes tens of
// milliseconds and the memory that the costs say: within turns, on a thread that may block:
//
//   const auto work = [password, stored, rules] { return check_password(password, stored, rules); };
//   const PasswordMatch match = co_await blocking(work);
//
// Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "auth/limits.h"
#include "troupe/error.h"

namespace troupe::auth {

// OWASP's smallest recommendation.
struct PasswordCosts {
  std::uint32_t memory_kib = 19 * 1024;
  std::uint32_t passes = 2;
  std::uint32_t lanes = 1;
  friend bool operator==(const PasswordCosts&, const PasswordCosts&) = default;
};

struct PasswordRules {
  PasswordCosts costs{};
  std::size_t min_bytes = limits::kMinPasswordBytes;
  std::size_t max_bytes = limits::kMaxPasswordBytes;
};

enum class PasswordMatch : std::uint8_t {
  no,
  yes,
  yes_rehash,  // and the costs have grown since: keep hash_password() of it
};

// Throws `invalid` for rules that cannot be: costs past the limits of auth/limits.h, less than 8 KiB a lane, a greatest
// length past limits::kMaxPasswordBytes, a least one of 0 or greater than that.
void check_rules(const PasswordRules& rules);
// Whether it may be somebody's password: Refusal `weak_password` says the bounds and never the password.
void require_password(std::string_view password, const PasswordRules& rules);

// With a fresh salt. Throws what check_rules() throws, `invalid` for a password past rules.max_bytes, `failed` when
// there is no memory.
[[nodiscard]] std::string hash_password(std::string_view password, const PasswordRules& rules = {});
// Whether `stored` is of this password. Of a user who does not exist, nothing or "": `no`, after as much work. What is
// past rules.max_bytes is `no` at once. Throws `corrupt` for a stored hash that is none, and `failed` without memory.
[[nodiscard]] PasswordMatch check_password(std::string_view password, const std::optional<std::string>& stored,
                                           const PasswordRules& rules = {});

// --- secrets that programs make: 256 random bits need no slow hash ---

// 43 characters of base64url.
[[nodiscard]] std::string new_secret();
// As it is kept: "sha256$" and 43 characters.
[[nodiscard]] std::string hash_secret(std::string_view secret);
// Whether `hash` is hash_secret() of it, or hash_password() of it.
[[nodiscard]] bool secret_matches(std::string_view secret, const std::string& hash);

}  // namespace troupe::auth
