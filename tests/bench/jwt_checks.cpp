#include "jwt_checks.h"

#include <auth/jwt.h>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>

namespace troupe::bench {
namespace {

using Clock = std::chrono::steady_clock;

double check_us(auth::Algorithm algorithm, std::size_t remembered, const Effort& effort) {
  const auto key = auth::SigningKey::generate(algorithm);
  const auto verifying = std::make_shared<const auth::VerifyingKey>(key.verifying());
  const auth::TokenCheck check({.issuers = {{"https://issuer.test", [&](std::string_view) { return verifying; }}},
                                .audience = "shop",
                                .remembered = remembered});
  const auto now = std::chrono::system_clock::now();
  const std::string token = auth::make_token(key, {.issuer = "https://issuer.test",
                                                   .subject = "ann",
                                                   .audience = {"shop"},
                                                   .expires = auth::moment_of(now) + std::chrono::hours(24),
                                                   .not_before = {},
                                                   .issued = auth::moment_of(now),
                                                   .scope = {"read", "write"},
                                                   .roles = {"shopper"},
                                                   .id = "AAAAAAAAAAAAAAAAAAAAAA",
                                                   .client = "app"});
  std::uint64_t checks = 0;
  const auto run = [&](std::chrono::nanoseconds time) {
    const auto begin = Clock::now();
    checks = 0;
    while (Clock::now() - begin < time)
      for (int i = 0; i < 16; ++i, ++checks)
        if (!check.check(token, now).ok()) throw std::runtime_error("a good token was refused");
    return std::chrono::duration<double, std::micro>(Clock::now() - begin).count() / static_cast<double>(checks);
  };
  (void)run(effort.time / 10);
  return run(effort.time);
}

constexpr std::size_t kUsual = 4'096;

}  // namespace

double es256_check_us(const Effort& effort) { return check_us(auth::Algorithm::es256, 0, effort); }
double rs256_check_us(const Effort& effort) { return check_us(auth::Algorithm::rs256, 0, effort); }
double repeated_check_us(const Effort& effort) { return check_us(auth::Algorithm::es256, kUsual, effort); }

}  // namespace troupe::bench
