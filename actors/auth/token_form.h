// A request to a token endpoint taken apart, and its answer put together, as RFC 6749 has them. Pure; any thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "auth/tokens.capnp.h"

namespace troupe::auth {

// Ends a request with an error of the protocol.
struct Denial {
  std::uint16_t status;
  std::string code;         // "invalid_grant"
  std::string description;  // ASCII, without quotes and backslashes
  std::uint64_t retry_after_ms = 0;
  bool challenge = false;  // the client should say who it is by the header Authorization
};

// The parameters of a request. Throws a Denial `invalid_request` for more than limits::kMaxParameters, one past
// limits::kMaxParameterBytes, or one that is there twice. Those without a value count as not there.
class Form {
 public:
  explicit Form(capnp::List<Parameter>::Reader parameters);
  // Empty: not there.
  [[nodiscard]] const std::string& get(std::string_view name) const;
  // Throws a Denial `invalid_request` when it is not there.
  [[nodiscard]] const std::string& need(std::string_view name) const;

 private:
  std::map<std::string, std::string, std::less<>> values_;
};

// Who the client says it is.
struct ClientWord {
  std::string id;
  std::optional<std::string> secret;
  bool by_header = false;
};
// By the header (Basic) or by client_id and client_secret. Throws a Denial: `invalid_client` when it is not said, or
// the header is none; `invalid_request` when it is said in both ways.
[[nodiscard]] ClientWord client_word(const Form& form, std::string_view authorization);

void write_denial(const Denial& denial, TokenAnswer::Builder answer);

// A refresh token: 22 characters that name its family, a dot, and 43 that nobody guesses.
struct RefreshToken {
  std::string family;
  std::string hash;  // of the whole token
};
[[nodiscard]] std::optional<RefreshToken> read_refresh_token(std::string_view token);

// Attempts from one address are counted together, and so are those of one IPv6 network of 64 bits.
[[nodiscard]] std::string address_group(std::string_view address);

}  // namespace troupe::auth
