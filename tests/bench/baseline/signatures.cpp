// OpenSSL by itself: the signature of a token's bytes, and nothing of its claims.
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>

#include "baseline/baselines.h"

namespace troupe::bench::baseline {
namespace {

// The size of a token's first two parts.
constexpr std::size_t kSignedBytes = 420;

}  // namespace

double signature_check_us(bool rsa, const Effort& effort) {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(rsa ? EVP_RSA_gen(2'048u) : EVP_EC_gen("P-256"),
                                                                EVP_PKEY_free);
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  const std::string text(kSignedBytes, 'x');
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  std::string signature(512, '\0');
  auto* out = reinterpret_cast<unsigned char*>(signature.data());
  std::size_t size = signature.size();
  if (EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) != 1 ||
      EVP_DigestSign(context.get(), out, &size, bytes, text.size()) != 1)
    throw std::runtime_error("OpenSSL could not sign");
  const auto run = [&](std::chrono::nanoseconds time) {
    using Clock = std::chrono::steady_clock;
    const auto begin = Clock::now();
    std::uint64_t checks = 0;
    while (Clock::now() - begin < time) {
      for (int i = 0; i < 16; ++i, ++checks) {
        EVP_MD_CTX_reset(context.get());
        if (EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) != 1 ||
            EVP_DigestVerify(context.get(), out, size, bytes, text.size()) != 1)
          throw std::runtime_error("OpenSSL refused its own signature");
      }
    }
    return std::chrono::duration<double, std::micro>(Clock::now() - begin).count() / static_cast<double>(checks);
  };
  (void)run(effort.time / 10);
  return run(effort.time);
}

}  // namespace troupe::bench::baseline
