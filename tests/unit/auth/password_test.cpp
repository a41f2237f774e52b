// Passwords: what is kept of them, what a check costs, and their limits.
#include <doctest/doctest.h>

#include <chrono>
#include <ctime>
#include <limits>

#include "auth/password.h"

namespace {

using namespace troupe;
using namespace troupe::auth;

// Little work: what is tested here is not how hard it is.
const PasswordRules kQuick{.costs = {.memory_kib = 64, .passes = 1, .lanes = 1}, .min_bytes = 1, .max_bytes = 100};

bool costs_are_refused(PasswordCosts costs) {
  try {
    (void)hash_password("password", {.costs = costs});
  } catch (const Error& e) {
    return e.kind() == ErrorKind::invalid;
  }
  return false;
}

TEST_CASE("a password matches its own hash alone, and no two hashes are alike") {
  const std::string hash = hash_password("correct horse", kQuick);
  CHECK(hash.starts_with("$argon2id$v=19$m=64,t=1,p=1$"));
  CHECK(hash != hash_password("correct horse", kQuick));
  CHECK(check_password("correct horse", hash, kQuick) == PasswordMatch::yes);
  CHECK(check_password("correct horsf", hash, kQuick) == PasswordMatch::no);
  CHECK(check_password("", hash, kQuick) == PasswordMatch::no);
  const std::string with_nul("a\0b", 3);
  CHECK(check_password("a", hash_password(with_nul, kQuick), kQuick) == PasswordMatch::no);
}

TEST_CASE("a password whose costs have grown since is to be hashed anew") {
  const std::string hash = hash_password("secret word", kQuick);
  PasswordRules grown = kQuick;
  grown.costs.passes = 2;
  CHECK(check_password("secret word", hash, grown) == PasswordMatch::yes_rehash);
  CHECK(check_password("secret wore", hash, grown) == PasswordMatch::no);
  CHECK(check_password("secret word", hash_password("secret word", grown), kQuick) == PasswordMatch::yes);
}

TEST_CASE("an unknown user costs as much work as a known one") {
  const PasswordRules rules;
  const std::string hash = hash_password("password one", rules);
  const auto cost = [&](const std::optional<std::string>& stored) {
    double least = 1e9;
    for (int i = 0; i < 5; ++i) {
      const std::clock_t begin = std::clock();
      CHECK(check_password("password two", stored, rules) == PasswordMatch::no);
      least = std::min(least, static_cast<double>(std::clock() - begin));
    }
    return least;
  };
  const double known = cost(hash);
  const double unknown = cost(std::nullopt);
  CHECK(unknown > known / 2);
  CHECK(unknown < known * 2);
  CHECK(check_password("password two", "", rules) == PasswordMatch::no);
}

TEST_CASE("passwords have a least and a greatest length, in bytes") {
  const PasswordRules rules{.costs = kQuick.costs, .min_bytes = 8, .max_bytes = 10};
  CHECK_THROWS_AS(require_password("1234567", rules), Refusal);
  CHECK_NOTHROW(require_password("12345678", rules));
  CHECK_NOTHROW(require_password("1234567890", rules));
  CHECK_THROWS_AS(require_password("12345678901", rules), Refusal);
  CHECK_THROWS_AS((void)hash_password("12345678901", rules), Error);
  CHECK(check_password("12345678901", hash_password("1234567890", rules), rules) == PasswordMatch::no);
  CHECK(check_password(std::string(100'000'000, 'x'), std::nullopt, rules) == PasswordMatch::no);
}

TEST_CASE("rules of passwords that cannot be are refused") {
  constexpr auto most = std::numeric_limits<std::uint32_t>::max();
  CHECK(costs_are_refused({.memory_kib = 0}));
  CHECK(costs_are_refused({.memory_kib = 7}));
  CHECK(costs_are_refused({.memory_kib = most}));
  CHECK(costs_are_refused({.passes = 0}));
  CHECK(costs_are_refused({.passes = most}));
  CHECK(costs_are_refused({.lanes = 0}));
  CHECK(costs_are_refused({.lanes = most}));
  CHECK(costs_are_refused({.memory_kib = 8, .passes = 1, .lanes = 2}));
  CHECK_THROWS_AS(check_rules({.min_bytes = 0}), Error);
  CHECK_THROWS_AS(check_rules({.min_bytes = 20, .max_bytes = 10}), Error);
  CHECK_THROWS_AS(check_rules({.max_bytes = limits::kMaxPasswordBytes + 1}), Error);
  CHECK_THROWS_AS(check_rules({.max_bytes = std::numeric_limits<std::size_t>::max()}), Error);
}

TEST_CASE("a stored hash that is damaged, or asks for more memory than a machine has, is corrupt") {
  const std::string hash = hash_password("password", kQuick);
  for (const std::string& damaged :
       {std::string("x"), std::string("$argon2i$v=19$m=64,t=1,p=1$AAAA$AAAA"), hash.substr(0, 20),
        hash.substr(0, hash.rfind('$')), std::string("$argon2id$v=19$m=4294967295,t=1,p=1$AAAA$AAAA"),
        std::string("$argon2id$v=19$m=64,t=4294967295,p=1$AAAA$AAAA"), hash + std::string(1'000, 'A')}) {
    CAPTURE(damaged);
    try {
      (void)check_password("password", damaged, kQuick);
      FAIL("it was taken");
    } catch (const Error& e) {
      CHECK(e.kind() == ErrorKind::corrupt);
    }
  }
}

TEST_CASE("a secret that a program makes is kept as its digest") {
  const std::string secret = new_secret();
  CHECK(secret.size() == 43);
  CHECK(secret != new_secret());
  const std::string hash = hash_secret(secret);
  CHECK(hash.find(secret) == std::string::npos);
  CHECK(secret_matches(secret, hash));
  CHECK_FALSE(secret_matches(secret + "x", hash));
  CHECK_FALSE(secret_matches("", hash));
}

}  // namespace
