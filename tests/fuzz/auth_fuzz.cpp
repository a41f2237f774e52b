// What comes as a token or as a published set of keys, as any bytes: nothing crashes, what is read keeps to its limits,
// and no token is taken that the key did not sign.
#include <cstdlib>
#include <string>

#include "auth/claims.h"
#include "auth/encoding.h"
#include "auth/jwks.h"
#include "auth/jws.h"
#include "auth/jwt.h"
#include "auth/limits.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
  using namespace troupe::auth;
  const std::string_view input(reinterpret_cast<const char*>(bytes), size);
  static const SigningKey key = SigningKey::generate(Algorithm::es256);
  static const auto verifying = std::make_shared<const VerifyingKey>(key.verifying());
  static const TokenCheck check(
      {.issuers = {{"i", [](std::string_view) { return verifying; }, TokenType::any}}, .audience = "a"});
  static const auto now = std::chrono::system_clock::time_point(std::chrono::seconds(1'800'000'000));

  if (auto jws = read_jws(input)) {
    if (size > limits::kMaxTokenBytes || jws->payload.size() > size) std::abort();
    (void)read_claims(jws->payload);
  }
  if (check.check(input, now).ok()) std::abort();
  (void)read_claims(input);
  if (auto published = read_jwks(input); published && published->keys.size() > limits::kMaxJwksKeys) std::abort();
  if (const auto decoded = from_base64url(input); decoded && to_base64url(*decoded) != input) std::abort();

  // The same as the payload of a token that nobody signed.
  const std::string unsigned_token = to_base64url(R"({"alg":"ES256","kid":"k"})") + '.' + to_base64url(input) + '.';
  if (check.check(unsigned_token + to_base64url(std::string(64, '\1')), now).ok()) std::abort();
  return 0;
}
