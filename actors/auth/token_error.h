// Why a token was not taken, one word for each reason. In an Error of kind `unauthenticated` it is the code.
#pragma once

#include <string>
#include <string_view>

#include "troupe/error.h"

namespace troupe::auth {

enum class TokenFault : unsigned char {
  too_large,    // past limits::kMaxTokenBytes
  malformed,    // no three parts of base64url, no JSON, a member twice
  algorithm,    // none that is taken, or not the one of its key
  critical,     // `crit`: it wants something understood that is not
  type,         // of another kind than asked for
  no_key_id,    // without `kid` nothing says which key to use
  unknown_key,  // a `kid` that its issuer does not have
  signature,    // not signed by that key
  claims,       // a claim of the wrong kind, or one that is missing
  issuer,       // of nobody who is trusted here
  audience,     // for somebody else
  expired,
  not_yet,  // its `nbf` or `iat` is to come
};

// "token_expired"
[[nodiscard]] std::string_view to_string(TokenFault fault) noexcept;
// `unauthenticated`, with the fault as its code. The message never has the token in it.
[[nodiscard]] Error token_error(TokenFault fault, const std::string& message);
// The fault of an error that token_error() made, by its code.
[[nodiscard]] bool is(const Error& error, TokenFault fault) noexcept;

}  // namespace troupe::auth
