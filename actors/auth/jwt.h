// Tokens: made of claims by a key, and checked against the keys of the issuers that are trusted. The key that a token
// names decides its algorithm; the token's own word for it only has to agree.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/claims.h"
#include "auth/key.h"
#include "troupe/error.h"

namespace troupe::auth {

enum class TokenType : std::uint8_t {
  access,  // `at+jwt` (RFC 9068)
  any,     // `at+jwt`, `JWT`, or none said: of issuers that know no better
};

// Throws `invalid` for claims that cannot stand in a token, or one past limits::kMaxTokenBytes.
[[nodiscard]] std::string make_token(const SigningKey& key, const Claims& claims, TokenType type = TokenType::access);

// The key of that id, or null. Called on the thread that checks.
using FindKey = std::function<std::shared_ptr<const VerifyingKey>(std::string_view key_id)>;

struct TrustedIssuer {
  std::string name;  // `iss`, exactly
  FindKey find_key;
  TokenType type = TokenType::access;
  // Whether find_key would block now, as IssuerKeys::would_wait(); empty: it never does.
  std::function<bool(std::string_view key_id)> would_wait{};
};

struct CheckOptions {
  std::vector<TrustedIssuer> issuers;
  std::string audience;  // ours: a token names it, alone or among others
  std::chrono::seconds skew{30};
  // Tokens found good that are remembered until they expire, so that the signature is verified once; 0: none. Each
  // takes the size of its claims and about 300 bytes.
  std::size_t remembered = 4'096;
};

// Checks tokens. Any thread, several at once.
class TokenCheck {
 public:
  // Throws `invalid` for no issuer, one without name or keys or there twice, no audience, a skew that is negative or
  // past limits::kMaxClockSkew, more than limits::kMaxRemembered tokens remembered.
  explicit TokenCheck(CheckOptions options);
  ~TokenCheck();
  TokenCheck(TokenCheck&&) noexcept;

  // What the token says, if all of it holds at `now`; else a token_error().
  [[nodiscard]] Result<std::shared_ptr<const Claims>> check(std::string_view token,
                                                            std::chrono::system_clock::time_point now) const;
  // The same where nothing may block: nothing when a key would have to be waited for (TrustedIssuer::would_wait).
  [[nodiscard]] std::optional<Result<std::shared_ptr<const Claims>>> check_at_once(
      std::string_view token, std::chrono::system_clock::time_point now) const;

 private:
  class Remembered;
  struct Good;
  struct MustWait {};
  [[nodiscard]] std::shared_ptr<const VerifyingKey> find_key(const TrustedIssuer& issuer, std::string_view key_id,
                                                             bool may_wait) const;
  [[nodiscard]] Result<std::shared_ptr<const Claims>> check(std::string_view token,
                                                            std::chrono::system_clock::time_point now,
                                                            bool may_wait) const;
  [[nodiscard]] Result<Good> verify(std::string_view token, bool may_wait) const;
  [[nodiscard]] Result<void> in_time(const Claims& claims, Moment now) const;

  CheckOptions options_;
  std::unique_ptr<Remembered> remembered_;
};

}  // namespace troupe::auth
