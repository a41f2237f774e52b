// A compact JWS (RFC 7515) taken apart: `header.payload.signature`, each base64url without padding. What is read says
// nothing about who wrote it: nothing is verified here. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "troupe/error.h"

namespace troupe::auth {

struct Jws {
  std::string algorithm;  // as the header says; the key decides what is right
  std::string key_id;
  std::string type;               // `typ` in lower case; empty: not said
  std::string payload;            // the bytes that were signed, decoded
  std::string_view signed_bytes;  // of the token that was read, which outlives this
  std::string signature;
};

// The errors are token_error()s: too_large, malformed, critical, algorithm (not ES256 or RS256), no_key_id. Where to
// get a key (`jku`, `x5u`) and keys that come with the token (`jwk`, `x5c`) are refused as malformed, never followed.
[[nodiscard]] Result<Jws> read_jws(std::string_view token);

}  // namespace troupe::auth
