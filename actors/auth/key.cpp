#include "auth/key.h"

#include <openssl/core_names.h>
#include <openssl/encoder.h>
#include <openssl/rsa.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "auth/encoding.h"
#include "auth/limits.h"
#include "auth/openssl_parts.h"

namespace troupe::auth {
namespace {

// A coordinate of P-256, and each half of a signature.
constexpr std::size_t kCoordinateBytes = 32;

Number number_of(const EVP_PKEY* key, const char* name) {
  BIGNUM* number = nullptr;
  require_openssl(EVP_PKEY_get_bn_param(key, name, &number) == 1, "read a public key");
  return Number(number);
}

std::string bytes_of_number(const BIGNUM* number, std::size_t size) {
  std::string bytes(size, '\0');
  require_openssl(BN_bn2binpad(number, octets(bytes), static_cast<int>(size)) >= 0, "write a number");
  return bytes;
}

// The members that a thumbprint is made of; nlohmann orders them as RFC 7638 wants them.
nlohmann::json required_members(const EVP_PKEY* key, Algorithm algorithm) {
  if (algorithm == Algorithm::es256) {
    const auto coordinate = [&](const char* name) {
      return to_base64url(bytes_of_number(number_of(key, name).get(), kCoordinateBytes));
    };
    return {{"kty", "EC"},
            {"crv", "P-256"},
            {"x", coordinate(OSSL_PKEY_PARAM_EC_PUB_X)},
            {"y", coordinate(OSSL_PKEY_PARAM_EC_PUB_Y)}};
  }
  const auto shortest = [&](const char* name) {
    const auto number = number_of(key, name);
    return to_base64url(bytes_of_number(number.get(), static_cast<std::size_t>(BN_num_bytes(number.get()))));
  };
  return {{"kty", "RSA"}, {"n", shortest(OSSL_PKEY_PARAM_RSA_N)}, {"e", shortest(OSSL_PKEY_PARAM_RSA_E)}};
}

// The raw form R||S of a JWS, of the DER that OpenSSL makes, and back; empty: it is none.
std::string raw_signature(const std::string& der) {
  const unsigned char* at = octets(std::string_view(der));
  const Signature parts(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
  require_openssl(parts != nullptr, "read its own signature");
  return bytes_of_number(ECDSA_SIG_get0_r(parts.get()), kCoordinateBytes) +
         bytes_of_number(ECDSA_SIG_get0_s(parts.get()), kCoordinateBytes);
}

std::string der_signature(std::string_view raw) {
  if (raw.size() != 2 * kCoordinateBytes) return {};
  const Signature parts(ECDSA_SIG_new());
  Number r(BN_bin2bn(octets(raw), kCoordinateBytes, nullptr));
  Number s(BN_bin2bn(octets(raw.substr(kCoordinateBytes)), kCoordinateBytes, nullptr));
  require_openssl(parts && r && s && ECDSA_SIG_set0(parts.get(), r.get(), s.get()) == 1, "hold a signature");
  (void)r.release();
  (void)s.release();
  unsigned char* out = nullptr;
  const int size = i2d_ECDSA_SIG(parts.get(), &out);
  require_openssl(size > 0, "write a signature");
  std::string der(reinterpret_cast<const char*>(out), static_cast<std::size_t>(size));
  OPENSSL_free(out);
  return der;
}

bool is_p256(const EVP_PKEY* key) {
  char group[80] = {};
  std::size_t size = 0;
  return EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof group, &size) == 1 &&
         std::string_view(group, size) == SN_X9_62_prime256v1;
}

}  // namespace

std::string_view to_string(Algorithm algorithm) noexcept { return algorithm == Algorithm::es256 ? "ES256" : "RS256"; }

VerifyingKey::VerifyingKey(std::shared_ptr<evp_pkey_st> key, Algorithm algorithm, std::string id)
    : key_(std::move(key)), algorithm_(algorithm), id_(std::move(id)) {
  auto members = required_members(key_.get(), algorithm_);
  if (id_.empty()) id_ = to_base64url(sha256(members.dump()));
  members["kid"] = id_;
  members["alg"] = to_string(algorithm_);
  members["use"] = "sig";
  jwk_ = members.dump();
}

bool VerifyingKey::verifies(std::string_view signed_bytes, std::string_view signature) const {
  std::string der;
  if (algorithm_ == Algorithm::es256) {
    der = der_signature(signature);
    if (der.empty()) return false;
    signature = der;
  }
  const Digest digest(EVP_MD_CTX_new());
  require_openssl(digest && EVP_DigestVerifyInit(digest.get(), nullptr, EVP_sha256(), nullptr, key_.get()) == 1,
                  "begin to verify");
  const bool right = EVP_DigestVerify(digest.get(), octets(signature), signature.size(), octets(signed_bytes),
                                      signed_bytes.size()) == 1;
  if (!right) ERR_clear_error();
  return right;
}

SigningKey SigningKey::generate(Algorithm algorithm, int rsa_bits) {
  EVP_PKEY* key = nullptr;
  if (algorithm == Algorithm::es256) {
    key = EVP_EC_gen("P-256");
  } else {
    if (rsa_bits < limits::kMinRsaBits || rsa_bits > limits::kMaxRsaBits)
      throw Error(ErrorKind::invalid, "an RSA key has " + std::to_string(limits::kMinRsaBits) + " to " +
                                          std::to_string(limits::kMaxRsaBits) + " bits, and not " +
                                          std::to_string(rsa_bits));
    key = EVP_RSA_gen(static_cast<unsigned>(rsa_bits));
  }
  require_openssl(key != nullptr, "generate a key");
  return SigningKey(VerifyingKey({key, EVP_PKEY_free}, algorithm, {}));
}

Result<SigningKey> SigningKey::from_stored(std::string_view stored) {
  const unsigned char* at = octets(stored);
  const std::shared_ptr<EVP_PKEY> key(d2i_AutoPrivateKey(nullptr, &at, static_cast<long>(stored.size())),
                                      EVP_PKEY_free);
  const auto refused = [](const char* why) {
    ERR_clear_error();
    return Error(ErrorKind::invalid, std::string("a stored signing key is ") + why);
  };
  if (!key || at != octets(stored) + stored.size()) return refused("none that OpenSSL can read");
  if (EVP_PKEY_is_a(key.get(), "EC") == 1) {
    if (!is_p256(key.get())) return refused("on another curve than P-256");
    return SigningKey(VerifyingKey(key, Algorithm::es256, {}));
  }
  if (EVP_PKEY_is_a(key.get(), "RSA") != 1) return refused("neither an EC key nor an RSA key");
  const int bits = EVP_PKEY_get_bits(key.get());
  if (bits < limits::kMinRsaBits || bits > limits::kMaxRsaBits) return refused("an RSA key too weak or too large");
  return SigningKey(VerifyingKey(key, Algorithm::rs256, {}));
}

std::string SigningKey::sign(std::string_view bytes) const {
  const Digest digest(EVP_MD_CTX_new());
  std::size_t size = 0;
  require_openssl(digest &&
                      EVP_DigestSignInit(digest.get(), nullptr, EVP_sha256(), nullptr, verifying_.key_.get()) == 1 &&
                      EVP_DigestSign(digest.get(), nullptr, &size, octets(bytes), bytes.size()) == 1,
                  "begin to sign");
  std::string signature(size, '\0');
  require_openssl(EVP_DigestSign(digest.get(), octets(signature), &size, octets(bytes), bytes.size()) == 1, "sign");
  signature.resize(size);
  return verifying_.algorithm_ == Algorithm::es256 ? raw_signature(signature) : signature;
}

std::string SigningKey::stored() const {
  const Owned<OSSL_ENCODER_CTX, OSSL_ENCODER_CTX_free> encoder(
      OSSL_ENCODER_CTX_new_for_pkey(verifying_.key_.get(), EVP_PKEY_KEYPAIR, "DER", "PrivateKeyInfo", nullptr));
  unsigned char* out = nullptr;
  std::size_t size = 0;
  require_openssl(encoder && OSSL_ENCODER_to_data(encoder.get(), &out, &size) == 1, "write a private key");
  std::string stored(reinterpret_cast<const char*>(out), size);
  OPENSSL_clear_free(out, size);
  return stored;
}

}  // namespace troupe::auth
