// Keys: what is published of them, which published ones are used, how they follow each other, how they are fetched.
#include <atomic>
#include <future>
#include <limits>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <thread>

#include "auth/issuer_keys.h"
#include "auth/jwks.h"
#include "forging.h"

namespace {

using namespace auth_test;

std::string with(const SigningKey& key, const char* name, const nlohmann::json& value) {
  auto jwk = nlohmann::json::parse(key.verifying().jwk());
  if (value.is_null()) {
    jwk.erase(name);
  } else {
    jwk[name] = value;
  }
  return jwk.dump();
}

bool usable(const std::string& jwk) {
  const auto key = VerifyingKey::from_jwk(jwk);
  if (!key) CHECK(key.error().kind() == ErrorKind::invalid);
  return key.ok();
}

TEST_CASE("a published key has public parts alone, and verifies what the private one signed") {
  for (const SigningKey* key : {&ec_key(), &rsa_key()}) {
    const std::string& jwk = key->verifying().jwk();
    for (const char* secret : {"\"d\"", "\"p\"", "\"q\"", "\"dp\"", "\"dq\"", "\"qi\"", "\"k\""})
      CHECK(jwk.find(secret) == std::string::npos);

    const auto published = VerifyingKey::from_jwk(jwk);

    REQUIRE(published.ok());
    CHECK(published.value().id() == key->verifying().id());
    CHECK(published.value().verifies("m", key->sign("m")));
  }
}

TEST_CASE("a signing key comes back from what is stored of it, with the same id") {
  for (const SigningKey* key : {&ec_key(), &rsa_key()}) {
    const auto back = SigningKey::from_stored(key->stored());
    REQUIRE(back.ok());
    CHECK(back.value().verifying().id() == key->verifying().id());
    CHECK(key->verifying().verifies("m", back.value().sign("m")));
  }
  CHECK_FALSE(SigningKey::from_stored("").ok());
  CHECK_FALSE(SigningKey::from_stored("no key").ok());
  CHECK_FALSE(SigningKey::from_stored(ec_key().stored() + "x").ok());
}

TEST_CASE("an RSA key too weak or too large is neither made nor used") {
  for (const int bits : {-1, 0, 512, limits::kMinRsaBits - 1, limits::kMaxRsaBits + 1, 1 << 30})
    CHECK_THROWS_AS((void)SigningKey::generate(Algorithm::rs256, bits), Error);
  const auto modulus = [](std::size_t bytes) {
    std::string n = random_bytes(bytes);
    n.front() = '\xc1';
    n.back() = '\x01';
    return to_base64url(n);
  };
  CHECK_FALSE(usable(with(rsa_key(), "n", modulus(128))));
  CHECK_FALSE(usable(with(rsa_key(), "n", modulus(1'025))));
  CHECK_FALSE(usable(with(rsa_key(), "n", modulus(100'000))));
}

TEST_CASE("a published key that is damaged, weak or for another use is refused") {
  CHECK(usable(ec_key().verifying().jwk()));
  for (const char* name : {"kty", "crv", "x", "y", "kid"}) CHECK_FALSE(usable(with(ec_key(), name, nullptr)));
  for (const char* name : {"kty", "n", "e", "kid"}) CHECK_FALSE(usable(with(rsa_key(), name, nullptr)));
  CHECK(usable(with(ec_key(), "alg", nullptr)));
  CHECK(usable(with(ec_key(), "use", nullptr)));
  CHECK_FALSE(usable(with(ec_key(), "alg", "ES384")));
  CHECK_FALSE(usable(with(rsa_key(), "alg", "PS256")));
  CHECK_FALSE(usable(with(ec_key(), "use", "enc")));
  CHECK_FALSE(usable(with(ec_key(), "key_ops", nlohmann::json::array({"sign"}))));
  CHECK(usable(with(ec_key(), "key_ops", nlohmann::json::array({"verify"}))));
  CHECK_FALSE(usable(with(ec_key(), "key_ops", 7)));
  CHECK_FALSE(usable(with(ec_key(), "kid", std::string(limits::kMaxKidBytes + 1, 'k'))));
  CHECK_FALSE(usable(with(ec_key(), "kid", 7)));
  for (const char* exponent : {"", "AQ", "Ag", "AAAB", "AQABAAEAAQAB"})
    CHECK_FALSE(usable(with(rsa_key(), "e", exponent)));
  for (const char* text : {"", "[]", "{}", "7", "{\"kty\":\"EC\"", "{\"kty\":\"oct\",\"k\":\"AAAA\",\"kid\":\"a\"}"})
    CHECK_FALSE(usable(text));
}

TEST_CASE("a published key on another curve, or off its curve, is refused") {
  CHECK_FALSE(usable(with(ec_key(), "crv", "P-384")));
  CHECK_FALSE(usable(with(ec_key(), "crv", "secp256k1")));
  CHECK_FALSE(usable(with(ec_key(), "x", to_base64url(std::string(32, '\1')))));
  CHECK_FALSE(usable(with(ec_key(), "x", to_base64url(std::string(32, '\0')))));
  CHECK_FALSE(usable(with(ec_key(), "x", to_base64url(std::string(32, '\xff')))));
  CHECK_FALSE(usable(with(ec_key(), "x", to_base64url(std::string(48, '\1')))));
  CHECK_FALSE(usable(with(ec_key(), "x", "not base64")));
}

TEST_CASE("a published key with private parts is refused, and its owner is told") {
  const auto leaked = VerifyingKey::from_jwk(with(ec_key(), "d", to_base64url(random_bytes(32))));
  REQUIRE_FALSE(leaked.ok());
  CHECK(leaked.error().message().find("take it for lost") != std::string::npos);
}

TEST_CASE("of a published set the usable keys are taken, and the others have their reasons") {
  const auto one = std::make_shared<const VerifyingKey>(ec_key().verifying());
  const auto two = std::make_shared<const VerifyingKey>(rsa_key().verifying());
  auto document = nlohmann::json::parse(write_jwks({one, two}));
  document["keys"].push_back({{"kty", "oct"}, {"kid", "x"}});
  document["keys"].push_back(nlohmann::json::parse(ec_key().verifying().jwk()));
  const auto published = read_jwks(document.dump());
  REQUIRE(published.ok());
  CHECK(published.value().keys.size() == 2);
  CHECK(published.value().refused.size() == 2);

  CHECK_FALSE(read_jwks("").ok());
  CHECK_FALSE(read_jwks("{}").ok());
  CHECK_FALSE(read_jwks(R"({"keys":7})").ok());
  CHECK_FALSE(read_jwks(R"({"keys":[]})").ok());
  CHECK_FALSE(read_jwks(R"({"keys":[{}]})").ok());
  CHECK_FALSE(read_jwks(R"({"keys":[],"keys":[]})").ok());
  CHECK_FALSE(read_jwks(std::string(limits::kMaxJwksBytes + 1, ' ')).ok());
  nlohmann::json many = {{"keys", nlohmann::json::array()}};
  for (std::size_t i = 0; i <= limits::kMaxJwksKeys; ++i) many["keys"].push_back(document["keys"][0]);
  CHECK_FALSE(read_jwks(many.dump()).ok());
}

// --- KeySet ---

TEST_CASE("one key signs, the next is announced before, and the old one verifies until its tokens have expired") {
  KeySet keys;
  const auto add = [&](std::uint64_t now_ms) {
    const SigningKey key = SigningKey::generate(Algorithm::es256);
    keys.add(key, now_ms, 100ms, 1s);
    return key.verifying().id();
  };
  const std::string first = add(1'000);
  CHECK(keys.signing(1'000)->verifying().id() == first);

  const std::string second = add(5'000);

  CHECK(keys.verifying(5'000).size() == 2);
  CHECK(keys.signing(5'099)->verifying().id() == first);
  CHECK(keys.signing(5'100)->verifying().id() == second);
  CHECK(keys.find(first, 6'099));
  CHECK_FALSE(keys.find(first, 6'100));
  CHECK(keys.find(second, 6'100));
  CHECK(keys.next_change_ms(5'000) == 5'100);

  CHECK(keys.tidy(5'100));
  CHECK_FALSE(keys.held()[0].signing);
  CHECK(keys.tidy(6'100));
  CHECK(keys.held().size() == 1);
  CHECK_FALSE(keys.tidy(6'100));
}

TEST_CASE("a set of keys is bounded, and survives clocks and times of every kind") {
  KeySet keys;
  CHECK(keys.signing(0) == nullptr);
  CHECK_FALSE(keys.remove("x"));
  CHECK_THROWS_AS(keys.add(ec_key(), 0, -1ms, 0ms), Error);
  CHECK_THROWS_AS(keys.add(ec_key(), 0, 0ms, std::chrono::hours::min()), Error);
  for (std::size_t i = 0; i < limits::kMaxHeldKeys; ++i)
    keys.add(SigningKey::generate(Algorithm::es256), 10, std::chrono::hours::max(), std::chrono::hours::max());
  CHECK_THROWS_AS(keys.add(ec_key(), 10, 0ms, 0ms), Refusal);
  CHECK(keys.signing(0) != nullptr);  // the clock was set back
  CHECK(keys.signing(std::numeric_limits<std::uint64_t>::max() - 1) != nullptr);
  const std::string id = keys.signing(10)->verifying().id();
  CHECK(keys.remove(id));
  CHECK_FALSE(keys.find(id, 10));
}

// --- IssuerKeys ---

struct Elsewhere {
  std::chrono::steady_clock::time_point now{1h};
  std::string document = write_jwks({std::make_shared<const VerifyingKey>(ec_key().verifying())});
  int fetched = 0;
  bool down = false;
  std::vector<std::string> complaints;

  IssuerKeysOptions options() {
    return {.fetch =
                [this] {
                  ++fetched;
                  if (down) throw std::runtime_error("connection refused");
                  return document;
                },
            .refresh_every = 10min,
            .min_interval = 30s,
            .keep = 1h,
            .complain = [this](const std::string& why) { complaints.push_back(why); },
            .now = [this] { return now; }};
  }
};

TEST_CASE("keys are fetched once, and again only when they are old") {
  Elsewhere there;
  IssuerKeys keys(there.options());
  const std::string id = ec_key().verifying().id();
  CHECK(keys.would_wait(id));
  CHECK_FALSE(keys.known(id));
  for (int i = 0; i < 10; ++i) CHECK(keys.find(id));
  CHECK(there.fetched == 1);
  there.now += 10min;
  const auto before = keys.known(id);
  CHECK(keys.would_wait(id));
  CHECK(keys.find(id) == before);  // what was remembered for it still holds
  CHECK(there.fetched == 2);
}

TEST_CASE("a check that must not block says so, and fetches nothing") {
  Elsewhere there;
  const auto keys = std::make_shared<IssuerKeys>(there.options());
  const TokenCheck check({.issuers = {trust("https://issuer.test", keys)}, .audience = "shop"});
  const std::string token = make_token(ec_key(), good_claims());

  CHECK_FALSE(check.check_at_once(token, kNow));
  CHECK(there.fetched == 0);
  CHECK(check.check(token, kNow).ok());
  REQUIRE(check.check_at_once(token, kNow));
  CHECK(check.check_at_once(token, kNow)->value()->subject == "ann");
  CHECK(check.check_at_once("a.b.c", kNow)->error().kind() == ErrorKind::unauthenticated);
  there.now += 10min;  // remembered as good, and its key has grown old
  CHECK_FALSE(check.check_at_once(token, kNow));
  CHECK(there.fetched == 1);
  CHECK_THROWS_AS((void)trust("https://issuer.test", nullptr), Error);
}

TEST_CASE("an unknown key id brings one fetch in an interval, however many tokens name one") {
  Elsewhere there;
  IssuerKeys keys(there.options());
  for (int i = 0; i < 1'000; ++i) CHECK_FALSE(keys.find("made up " + std::to_string(i)));
  CHECK(there.fetched == 1);
  there.now += 29s;
  CHECK_FALSE(keys.find("another"));
  CHECK(there.fetched == 1);
  there.now += 1s;
  there.document = write_jwks({std::make_shared<const VerifyingKey>(rsa_key().verifying())});
  CHECK(keys.find(rsa_key().verifying().id()));
  CHECK_FALSE(keys.find(ec_key().verifying().id()));  // it is published no more
  CHECK(there.fetched == 2);
}

TEST_CASE("an issuer that cannot be reached keeps its keys for a while, and then has none") {
  Elsewhere there;
  IssuerKeys keys(there.options());
  const std::string id = ec_key().verifying().id();
  CHECK(keys.find(id));
  there.down = true;
  there.now += 59min;
  CHECK(keys.find(id));
  there.now += 1min;
  CHECK_FALSE(keys.find(id));
  CHECK(there.fetched == 3);
  CHECK(there.complaints.size() == 2);
  there.down = false;
  there.document = "no document";
  there.now += 1min;
  CHECK_FALSE(keys.find(id));
  CHECK(there.complaints.size() == 3);
}

TEST_CASE("threads that look for a key while it is fetched wait for that one fetch") {
  std::atomic<int> fetched{0};
  std::atomic<int> found{0};
  std::promise<void> go;
  const auto gate = go.get_future().share();
  const std::string document = write_jwks({std::make_shared<const VerifyingKey>(ec_key().verifying())});
  IssuerKeys keys({.fetch = [&] {
    ++fetched;
    gate.wait();
    return document;
  }});
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&] {
      if (keys.find(ec_key().verifying().id())) ++found;
    });
  go.set_value();
  for (auto& thread : threads) thread.join();
  CHECK(fetched == 1);
  CHECK(found == 8);
}

TEST_CASE("a fetch that asks for a key itself, or whose listener throws, hurts nobody") {
  IssuerKeys* self = nullptr;
  IssuerKeys keys({.fetch =
                       [&] {
                         CHECK_FALSE(self->find("x"));
                         return std::string("{}");
                       },
                   .complain = [](const std::string&) { throw std::runtime_error("listener"); }});
  self = &keys;
  CHECK_FALSE(keys.find("x"));
  CHECK_THROWS_AS(IssuerKeys({}), Error);
  const auto fetch = [] { return std::string(); };
  CHECK_THROWS_AS(IssuerKeys({.fetch = fetch, .refresh_every = -1ms}), Error);
  CHECK_THROWS_AS(IssuerKeys({.fetch = fetch, .min_interval = std::chrono::milliseconds::min()}), Error);
  CHECK_THROWS_AS(IssuerKeys({.fetch = fetch, .keep = -1ms}), Error);
  constexpr auto longest = std::chrono::milliseconds::max();
  IssuerKeys forever({.fetch = fetch, .refresh_every = longest, .min_interval = longest, .keep = longest});
  CHECK_FALSE(forever.find("x"));
  CHECK_FALSE(forever.find("x"));
}

}  // namespace
