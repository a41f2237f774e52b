// What an issuer of tokens is told: its name, its clients, how long things live. Values; any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "auth/key.h"

namespace troupe::auth {

enum class Grant : std::uint8_t { password, client_credentials, refresh_token, authorization_code };
// As `grant_type` says it.
[[nodiscard]] std::string_view to_string(Grant grant) noexcept;

struct ClientConfig {
  std::string id;
  // hash_secret() of what new_secret() gave. Empty: a public client, which cannot keep one (a page, an app).
  std::string secret_hash{};
  std::vector<std::string> redirect_uris{};  // exactly as they come
  std::vector<Grant> grants{};
  std::vector<std::string> scopes{};  // that it may ask for; what it gets when it asks for none
  bool first_party = false;           // its pages may ask for users' passwords
  std::vector<std::string> roles{};   // of its own, with client_credentials
};

// Attempts at once, and the time that one takes to come back.
struct Attempts {
  unsigned burst;
  std::chrono::milliseconds refill;
};

struct IssuerConfig {
  std::string issuer;    // `iss`; also the key of the actor that holds the keys
  std::string audience;  // `aud` of the tokens
  std::vector<ClientConfig> clients;

  std::chrono::seconds access_life{300};
  std::chrono::seconds code_life{60};
  std::chrono::seconds refresh_life{30L * 24 * 3600};  // of a log-in, however often its tokens are used
  std::chrono::seconds refresh_idle{7L * 24 * 3600};   // of one refresh token

  Algorithm algorithm = Algorithm::es256;
  int rsa_bits = 2'048;
  std::chrono::seconds rotate_every{30L * 24 * 3600};  // 0: only when told
  // Between a key's publishing and its first signature: as long as verifiers keep what they fetched.
  std::chrono::seconds announce{300};

  // What passwords are tried with: of one user, whoever tries; of one address, whomever it tries.
  Attempts per_user{10, std::chrono::seconds(6)};
  Attempts per_address{100, std::chrono::seconds(1)};
};

// Throws `invalid`, naming the field or the client, for what cannot be or would not be safe: a client with a grant that
// its kind must not have, a redirect that is no absolute address or has a fragment, a secret's hash that is none, times
// that are not positive or past auth/limits.h.
void check(const IssuerConfig& config);
[[nodiscard]] const ClientConfig* find_client(const IssuerConfig& config, std::string_view id) noexcept;
[[nodiscard]] bool may(const ClientConfig& client, Grant grant) noexcept;

}  // namespace troupe::auth
