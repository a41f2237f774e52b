// Published sets of keys (RFC 7517, 5), as issuers have them at `/.well-known/jwks.json`. Values; any thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "auth/key.h"
#include "troupe/error.h"

namespace troupe::auth {

using KeyPointer = std::shared_ptr<const VerifyingKey>;

struct PublishedKeys {
  std::vector<KeyPointer> keys;      // by different ids
  std::vector<std::string> refused;  // why others of the document are not used, one text each
};

// `invalid`, saying why, for a document that is too large or no set of keys, has more than limits::kMaxJwksKeys, or
// none that can be used.
[[nodiscard]] Result<PublishedKeys> read_jwks(std::string_view document);
// The document of these keys: public parts alone.
[[nodiscard]] std::string write_jwks(const std::vector<KeyPointer>& keys);

}  // namespace troupe::auth
