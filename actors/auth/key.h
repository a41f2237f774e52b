// The keys that sign tokens and verify them. A key has one algorithm and one id, and no token changes either. Values;
// any thread. The key itself is OpenSSL's, shared by the copies.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "troupe/error.h"

struct evp_pkey_st;

namespace troupe::auth {

enum class Algorithm : std::uint8_t {
  es256,  // ECDSA on P-256 with SHA-256
  rs256,  // RSASSA-PKCS1-v1_5 with SHA-256
};
// As `alg` says it: "ES256".
[[nodiscard]] std::string_view to_string(Algorithm algorithm) noexcept;

class VerifyingKey {
 public:
  // One JWK (RFC 7517), public. `invalid`, saying why, for what is no key of these two algorithms, or is too weak, not
  // on its curve, for another use, or has private parts, which whoever published it must take for lost.
  [[nodiscard]] static Result<VerifyingKey> from_jwk(std::string_view json);

  [[nodiscard]] Algorithm algorithm() const noexcept { return algorithm_; }
  [[nodiscard]] const std::string& id() const noexcept { return id_; }
  // The public parts, as JSON, with kid, alg and use.
  [[nodiscard]] const std::string& jwk() const noexcept { return jwk_; }
  // Whether the signature, as a JWS has it, is this key's of `signed_bytes`.
  [[nodiscard]] bool verifies(std::string_view signed_bytes, std::string_view signature) const;

 private:
  friend class SigningKey;
  friend class JwkReader;
  VerifyingKey() = default;
  // The key's own: of an empty `id` its thumbprint (RFC 7638).
  VerifyingKey(std::shared_ptr<evp_pkey_st> key, Algorithm algorithm, std::string id);

  std::shared_ptr<evp_pkey_st> key_;
  Algorithm algorithm_ = Algorithm::es256;
  std::string id_;
  std::string jwk_;
};

class SigningKey {
 public:
  // A new one; its id is its thumbprint. `rsa_bits`: of RS256, limits::kMinRsaBits to kMaxRsaBits, else `invalid`. RSA
  // takes hundreds of milliseconds: off turns, by blocking().
  [[nodiscard]] static SigningKey generate(Algorithm algorithm, int rsa_bits = 2'048);
  // What stored() gave; `invalid` for anything else, or a weak key.
  [[nodiscard]] static Result<SigningKey> from_stored(std::string_view stored);

  [[nodiscard]] const VerifyingKey& verifying() const noexcept { return verifying_; }
  // As a JWS has it.
  [[nodiscard]] std::string sign(std::string_view bytes) const;
  // PKCS #8, DER, not encrypted: a secret.
  [[nodiscard]] std::string stored() const;

 private:
  explicit SigningKey(VerifyingKey verifying) : verifying_(std::move(verifying)) {}
  VerifyingKey verifying_;
};

}  // namespace troupe::auth
