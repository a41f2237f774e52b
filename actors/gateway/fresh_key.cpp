#include "gateway/fresh_key.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>

#include "troupe/error.h"

namespace troupe::gateway {
namespace {

using Bytes = std::array<unsigned char, 16>;

// Crockford's base 32: no letter looks like a digit.
std::string text_of(const Bytes& bytes) {
  constexpr char kDigits[] = "0123456789abcdefghjkmnpqrstvwxyz";
  std::string out;
  unsigned held = 0, bits = 0;
  for (const unsigned char byte : bytes) {
    held = (held << 8 | byte) & 0xffffu;
    for (bits += 8; bits >= 5; bits -= 5) out += kDigits[held >> (bits - 5) & 31u];
  }
  out += kDigits[held << (5 - bits) & 31u];
  return out;
}

Bytes digest(std::string_view caller, std::string_view key) {
  std::string text = std::to_string(caller.size()) + ":";
  text += caller;
  text += key;
  unsigned char hash[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  if (EVP_Digest(text.data(), text.size(), hash, &size, EVP_sha256(), nullptr) != 1)
    throw Error(ErrorKind::overloaded, "there is no memory for a new key");
  Bytes out;
  std::copy_n(hash, out.size(), out.begin());
  return out;
}

}  // namespace

std::string fresh_key(std::string_view prefix, std::optional<std::string_view> idempotency_key,
                      std::string_view caller) {
  Bytes bytes;
  if (idempotency_key)
    bytes = digest(caller, *idempotency_key);
  else if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
    throw Error(ErrorKind::unavailable, "the system gives no random bytes for a new key");
  return std::string(prefix) + text_of(bytes);
}

}  // namespace troupe::gateway
