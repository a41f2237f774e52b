// Reading a published key: what is weak, damaged or for another purpose is refused with its reason.
#include <openssl/core_names.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "auth/encoding.h"
#include "auth/key.h"
#include "auth/limits.h"
#include "auth/openssl_parts.h"
#include "auth/strict_json.h"

namespace troupe::auth {
namespace {

// Greater exponents cost time and are used by nobody.
constexpr std::size_t kMaxExponentBytes = 4;
constexpr std::size_t kP256CoordinateBytes = 32;

Error refused_jwk(const std::string& why) { return {ErrorKind::invalid, "a published key is refused: " + why}; }

// The text of a member; nothing where there is none, or another kind.
std::optional<std::string> text_of(const nlohmann::json& jwk, const char* name) {
  const auto it = jwk.find(name);
  if (it == jwk.end() || !it->is_string()) return std::nullopt;
  return it->get<std::string>();
}

// The key of these parameters, or null: OpenSSL takes no point that is not on the curve.
std::shared_ptr<EVP_PKEY> public_key(const char* type, OSSL_PARAM_BLD* parts) {
  const Owned<OSSL_PARAM, OSSL_PARAM_free> parameters(OSSL_PARAM_BLD_to_param(parts));
  const Owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free> context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  const bool made = parameters && context && EVP_PKEY_fromdata_init(context.get()) == 1 &&
                    EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) == 1;
  std::shared_ptr<EVP_PKEY> owned(key, EVP_PKEY_free);
  if (!made || !owned) {
    ERR_clear_error();
    return nullptr;
  }
  const Owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free> check(EVP_PKEY_CTX_new_from_pkey(nullptr, owned.get(), nullptr));
  if (!check || EVP_PKEY_public_check(check.get()) != 1) {
    ERR_clear_error();
    return nullptr;
  }
  return owned;
}

std::shared_ptr<EVP_PKEY> ec_key(const std::string& x, const std::string& y) {
  const std::string point = '\4' + x + y;
  const Owned<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free> parts(OSSL_PARAM_BLD_new());
  require_openssl(
      parts && OSSL_PARAM_BLD_push_utf8_string(parts.get(), OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) == 1 &&
          OSSL_PARAM_BLD_push_octet_string(parts.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) == 1,
      "hold the parts of a key");
  return public_key("EC", parts.get());
}

std::shared_ptr<EVP_PKEY> rsa_key(const std::string& n, const std::string& e) {
  const Number modulus(BN_bin2bn(octets(std::string_view(n)), static_cast<int>(n.size()), nullptr));
  const Number exponent(BN_bin2bn(octets(std::string_view(e)), static_cast<int>(e.size()), nullptr));
  const Owned<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free> parts(OSSL_PARAM_BLD_new());
  require_openssl(modulus && exponent && parts &&
                      OSSL_PARAM_BLD_push_BN(parts.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get()) == 1 &&
                      OSSL_PARAM_BLD_push_BN(parts.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get()) == 1,
                  "hold the parts of a key");
  return public_key("RSA", parts.get());
}

}  // namespace

class JwkReader {
 public:
  static Result<VerifyingKey> read(const nlohmann::json& jwk) {
    if (!jwk.is_object()) return refused_jwk("it is no object");
    for (const char* secret : {"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
      if (jwk.contains(secret))
        return refused_jwk("it has private parts; its owner must take it for lost and publish another");
    const auto id = text_of(jwk, "kid");
    if (!id || !is_name(*id, limits::kMaxKidBytes))
      return refused_jwk("its kid is missing, or has not 1 to " + std::to_string(limits::kMaxKidBytes) + " bytes");
    if (jwk.contains("use") && text_of(jwk, "use") != "sig") return refused_jwk("it is not for signatures (use)");
    if (const auto operations = jwk.find("key_ops"); operations != jwk.end()) {
      bool verifies = operations->is_array();
      if (verifies) verifies = std::find(operations->begin(), operations->end(), "verify") != operations->end();
      if (!verifies) return refused_jwk("it is not for verifying (key_ops)");
    }
    const auto type = text_of(jwk, "kty");
    if (type == "EC") return read_ec(jwk, *id);
    if (type == "RSA") return read_rsa(jwk, *id);
    return refused_jwk("its kty is neither EC nor RSA");
  }

 private:
  static Result<VerifyingKey> read_ec(const nlohmann::json& jwk, const std::string& id) {
    if (jwk.contains("alg") && text_of(jwk, "alg") != "ES256") return refused_jwk("an EC key is for ES256 alone here");
    if (text_of(jwk, "crv") != "P-256") return refused_jwk("its curve is not P-256");
    const auto x = from_base64url(text_of(jwk, "x").value_or(""));
    const auto y = from_base64url(text_of(jwk, "y").value_or(""));
    if (!x || !y || x->size() != kP256CoordinateBytes || y->size() != kP256CoordinateBytes)
      return refused_jwk("its x and y are not 32 bytes each, in base64url");
    auto key = ec_key(*x, *y);
    if (!key) return refused_jwk("its point is not on the curve");
    return VerifyingKey(std::move(key), Algorithm::es256, id);
  }

  static Result<VerifyingKey> read_rsa(const nlohmann::json& jwk, const std::string& id) {
    if (jwk.contains("alg") && text_of(jwk, "alg") != "RS256") return refused_jwk("an RSA key is for RS256 alone here");
    const auto n = from_base64url(text_of(jwk, "n").value_or(""));
    auto e = from_base64url(text_of(jwk, "e").value_or(""));
    if (e) e->erase(0, e->find_first_not_of('\0'));
    if (!n || n->empty() || !e || e->empty() || e->size() > kMaxExponentBytes)
      return refused_jwk("its n and e are missing, too large or not in base64url");
    // Before anything is computed with it.
    if (n->size() > static_cast<std::size_t>(limits::kMaxRsaBits) / 8 + 1) return refused_jwk("it is too large");
    if ((n->back() & 1) == 0 || (e->back() & 1) == 0 || *e == "\1")
      return refused_jwk("its modulus or exponent is not odd and greater than one");
    auto key = rsa_key(*n, *e);
    if (!key) return refused_jwk("it is no RSA key");
    const int bits = EVP_PKEY_get_bits(key.get());
    if (bits < limits::kMinRsaBits || bits > limits::kMaxRsaBits)
      return refused_jwk("an RSA key has " + std::to_string(limits::kMinRsaBits) + " to " +
                         std::to_string(limits::kMaxRsaBits) + " bits, and this one " + std::to_string(bits));
    return VerifyingKey(std::move(key), Algorithm::rs256, id);
  }
};

Result<VerifyingKey> VerifyingKey::from_jwk(std::string_view json) {
  if (json.size() > limits::kMaxJwksBytes) return refused_jwk("it is too large");
  std::string why;
  const auto jwk = parse_strictly(json, why);
  if (!jwk) return refused_jwk(why);
  return JwkReader::read(*jwk);
}

}  // namespace troupe::auth
