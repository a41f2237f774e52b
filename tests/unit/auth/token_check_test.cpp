// Which tokens are taken, and that every forged kind is refused with its own word.
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <nlohmann/json.hpp>

#include "auth/jws.h"
#include "forging.h"

namespace {

using namespace auth_test;

std::string changed_claims(const char* name, const nlohmann::json& value) {
  auto payload = nlohmann::json::parse(write_claims(good_claims()));
  if (value.is_null()) {
    payload.erase(name);
  } else {
    payload[name] = value;
  }
  return payload.dump();
}

std::string with_claim(const char* name, const nlohmann::json& value) {
  return signed_by(ec_key(), header_of(ec_key()), changed_claims(name, value));
}

TEST_CASE("a token says again what was put into it, by either algorithm") {
  for (const SigningKey* key : {&ec_key(), &rsa_key()}) {
    const TokenCheck check(trusting(only(*key)));

    auto claims = check.check(make_token(*key, good_claims()), kNow);

    REQUIRE(claims.ok());
    CHECK(**claims == good_claims());
  }
}

TEST_CASE("an ES256 signature is R and S of 32 bytes each, and verifies only as such") {
  for (int i = 0; i < 50; ++i) CHECK(ec_key().sign("message " + std::to_string(i)).size() == 64);
  CHECK(ec_key().verifying().verifies("message", ec_key().sign("message")));
  CHECK_FALSE(ec_key().verifying().verifies("messagf", ec_key().sign("message")));
  for (const std::size_t size : {0, 1, 63, 65, 128})
    CHECK_FALSE(ec_key().verifying().verifies("message", std::string(size, '\1')));
  CHECK_FALSE(ec_key().verifying().verifies("message", std::string(64, '\0')));
  CHECK_FALSE(ec_key().verifying().verifies("message", std::string(64, '\xff')));
}

TEST_CASE("the known token of RFC 7515 is verified") {
  // Appendix A.3: its key, its signing input and its signature.
  const auto key = VerifyingKey::from_jwk(
      R"({"kty":"EC","crv":"P-256","kid":"a3","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
      R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})");
  REQUIRE(key.ok());
  const std::string bytes =
      "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0"
      "cnVlfQ";
  const auto signature =
      from_base64url("DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q");
  REQUIRE(signature);
  CHECK(key.value().verifies(bytes, *signature));
}

TEST_CASE("a token without a signature is refused, whatever its alg is called") {
  const TokenCheck check(trusting(only(ec_key())));
  const std::string kid = ec_key().verifying().id();
  for (const char* none : {"none", "None", "NONE", "nOnE", ""}) {
    const std::string header = R"({"alg":")" + std::string(none) + R"(","kid":")" + kid + R"("})";
    const std::string bytes = to_base64url(header) + '.' + to_base64url(write_claims(good_claims())) + '.';
    const std::string code = refused(check, bytes);
    CHECK((code == "token_algorithm" || code == "token_malformed"));
  }
  const std::string good = make_token(ec_key(), good_claims());
  CHECK(refused(check, good.substr(0, good.rfind('.') + 1)) == "token_signature");
}

TEST_CASE("a token signed with HMAC by the public key is refused") {
  const TokenCheck check(trusting(only(rsa_key())));
  const std::string secret = rsa_key().verifying().jwk();
  const std::string header = R"({"alg":"HS256","kid":")" + rsa_key().verifying().id() + R"(","typ":"at+jwt"})";
  const std::string bytes = to_base64url(header) + '.' + to_base64url(write_claims(good_claims()));
  unsigned char mac[32];
  unsigned size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), mac, &size);

  const std::string forged = bytes + '.' + to_base64url({reinterpret_cast<const char*>(mac), size});

  CHECK(refused(check, forged) == "token_algorithm");
}

TEST_CASE("the key fixes the algorithm, and a token cannot change it") {
  const TokenCheck check(trusting(only(ec_key())));
  const std::string header = R"({"alg":"RS256","kid":")" + ec_key().verifying().id() + R"(","typ":"at+jwt"})";
  CHECK(refused(check, signed_by(rsa_key(), header, write_claims(good_claims()))) == "token_algorithm");
  CHECK(refused(check, signed_by(ec_key(), header, write_claims(good_claims()))) == "token_algorithm");
}

TEST_CASE("a token of another key, an unknown one or none is refused") {
  const TokenCheck check(trusting(only(ec_key())));
  const SigningKey other = SigningKey::generate(Algorithm::es256);
  const std::string claims = write_claims(good_claims());
  CHECK(refused(check, signed_by(other, header_of(ec_key()), claims)) == "token_signature");
  CHECK(refused(check, signed_by(other, header_of(other), claims)) == "token_unknown_key");
  CHECK(refused(check, signed_by(ec_key(), R"({"alg":"ES256","typ":"at+jwt"})", claims)) == "token_no_key_id");
  CHECK(refused(check, signed_by(ec_key(), R"({"alg":"ES256","kid":"","typ":"at+jwt"})", claims)) == "token_malformed");
  CHECK(refused(check, signed_by(ec_key(), R"({"alg":"ES256","kid":7,"typ":"at+jwt"})", claims)) == "token_malformed");
}

TEST_CASE("a token that brings its key, or says where to get one, is refused") {
  const TokenCheck check(trusting(only(ec_key())));
  const SigningKey other = SigningKey::generate(Algorithm::es256);
  const std::string claims = write_claims(good_claims());
  for (const std::string& more :
       {std::string(R"(,"jku":"https://evil.test/keys")"), std::string(R"(,"x5u":"https://evil.test/c")"),
        std::string(R"(,"x5c":["MIIB"])"), R"(,"jwk":)" + other.verifying().jwk()}) {
    CAPTURE(more);
    CHECK(refused(check, signed_by(other, header_of(ec_key(), more), claims)) == "token_malformed");
    CHECK(refused(check, signed_by(ec_key(), header_of(ec_key(), more), claims)) == "token_malformed");
  }
}

TEST_CASE("what a token wants understood is refused, for nothing is") {
  const TokenCheck check(trusting(only(ec_key())));
  const std::string claims = write_claims(good_claims());
  CHECK(refused(check, signed_by(ec_key(), header_of(ec_key(), R"(,"crit":["b64"],"b64":false)"), claims)) ==
        "token_critical");
  CHECK(refused(check, signed_by(ec_key(), header_of(ec_key(), R"(,"crit":[])"), claims)) == "token_critical");
}

TEST_CASE("a signature in DER is refused") {
  // The same R and S as OpenSSL itself writes them.
  const TokenCheck check(trusting(only(ec_key())));
  const std::string good = make_token(ec_key(), good_claims());
  const std::string raw = *from_base64url(good.substr(good.rfind('.') + 1));
  const auto integer = [](std::string bytes) {
    if (static_cast<unsigned char>(bytes[0]) >= 0x80) bytes.insert(bytes.begin(), '\0');
    return std::string("\x02") + static_cast<char>(bytes.size()) + bytes;
  };
  const std::string parts = integer(raw.substr(0, 32)) + integer(raw.substr(32));
  const std::string der = std::string("\x30") + static_cast<char>(parts.size()) + parts;

  CHECK(refused(check, good.substr(0, good.rfind('.') + 1) + to_base64url(der)) == "token_signature");
}

TEST_CASE("a token is good from its nbf until its exp, give or take the skew") {
  auto options = trusting(only(ec_key()));
  options.skew = 30s;
  options.remembered = 0;
  const TokenCheck check(options);
  Claims claims = good_claims();
  claims.not_before = moment_of(kNow) + 60s;
  const std::string token = make_token(ec_key(), claims);
  CHECK(refused(check, token, kNow + 29s) == "token_not_yet");
  CHECK(refused(check, token, kNow + 30s) == "");
  CHECK(refused(check, token, kNow + 329s) == "");
  CHECK(refused(check, token, kNow + 330s) == "token_expired");
  CHECK(refused(check, token, std::chrono::system_clock::time_point::max()) == "token_expired");
  CHECK(refused(check, token, std::chrono::system_clock::time_point::min()) == "token_not_yet");

  claims = good_claims();
  claims.issued = moment_of(kNow) + 31s;
  CHECK(refused(check, make_token(ec_key(), claims)) == "token_not_yet");
}

TEST_CASE("a token of another issuer or for another audience is refused") {
  const TokenCheck check(trusting(only(ec_key())));
  CHECK(refused(check, with_claim("iss", "https://other.test")) == "token_issuer");
  CHECK(refused(check, with_claim("iss", "https://issuer.test/")) == "token_issuer");
  CHECK(refused(check, with_claim("aud", "bank")) == "token_audience");
  CHECK(refused(check, with_claim("aud", {"bank", "post"})) == "token_audience");
  CHECK(refused(check, with_claim("aud", {"bank", "shop"})) == "");
}

TEST_CASE("a token that was cut, or has more behind it, is refused") {
  const TokenCheck check(trusting(only(ec_key())));
  const std::string good = make_token(ec_key(), good_claims());
  for (std::size_t size = 0; size < good.size(); ++size) {
    const std::string code = refused(check, good.substr(0, size));
    CHECK((code == "token_malformed" || code == "token_signature"));
  }
  for (const char* more : {"=", "==", ".", ".x", "\n", " ", "A", "AAAA", "\t"}) {
    CAPTURE(more);
    const std::string code = refused(check, good + more);
    CHECK((code == "token_malformed" || code == "token_signature"));
  }
  CHECK(refused(check, " " + good) == "token_malformed");
  CHECK(refused(check, good + std::string(1, '\0')) == "token_malformed");
}

TEST_CASE("no other text of the same bytes is a second form of a token") {
  const TokenCheck check(trusting(only(ec_key())));
  std::string token = make_token(ec_key(), good_claims());
  // 64 bytes leave four unused bits in the last character.
  const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  token.back() = digits[(digits.find(token.back()) & ~std::size_t{15}) + 1];
  CHECK(refused(check, token) == "token_malformed");
}

TEST_CASE("a token past the size that is read is refused unread") {
  const TokenCheck check(trusting(only(ec_key())));
  const std::string huge(limits::kMaxTokenBytes + 1, 'A');
  CHECK(refused(check, huge) == "token_too_large");
  CHECK(refused(check, huge.substr(1)) == "token_malformed");
  Claims claims = good_claims();
  claims.roles.assign(40, std::string(200, 'r'));
  CHECK_THROWS_AS((void)make_token(ec_key(), claims), Error);
}

TEST_CASE("a member that is there twice is refused, in header and payload") {
  const TokenCheck check(trusting(only(ec_key())));
  const std::string claims = write_claims(good_claims());
  CHECK(refused(check, signed_by(ec_key(), header_of(ec_key(), R"(,"alg":"ES256")"), claims)) == "token_malformed");
  const std::string twice = claims.substr(0, claims.size() - 1) + R"(,"sub":"root"})";
  CHECK(refused(check, signed_by(ec_key(), header_of(ec_key()), twice)) == "token_malformed");
  const std::string within = claims.substr(0, claims.size() - 1) + R"(,"x":{"a":1,"a":2}})";
  CHECK(refused(check, signed_by(ec_key(), header_of(ec_key()), within)) == "token_malformed");
  const std::string beside = claims.substr(0, claims.size() - 1) + R"(,"x":{"a":1},"y":{"a":2}})";
  CHECK(refused(check, signed_by(ec_key(), header_of(ec_key()), beside)) == "");
}

TEST_CASE("what is no JSON object, or nested too deep, is refused") {
  const TokenCheck check(trusting(only(ec_key())));
  const std::string deep = R"({"x":)" + std::string(2'000, '[') + std::string(2'000, ']') + "}";
  for (const std::string& payload : {std::string("[]"), std::string("1"), std::string(""), std::string("{"),
                                     std::string("{} {}"), std::string("{\"a\":\"\xff\"}"), deep}) {
    CHECK(refused(check, signed_by(ec_key(), header_of(ec_key()), payload)) == "token_malformed");
    CHECK(refused(check, signed_by(ec_key(), payload, write_claims(good_claims()))) == "token_malformed");
  }
}

TEST_CASE("claims of the wrong kind, and those that are missing, are refused") {
  const TokenCheck check(trusting(only(ec_key())));
  for (const char* name : {"iss", "sub", "aud", "exp"})
    CHECK(refused(check, with_claim(name, nullptr)) == "token_claims");
  const std::string longest(limits::kMaxNameBytes, 'x');
  for (const char* name : {"iss", "sub", "jti", "client_id"}) {
    CHECK(refused(check, with_claim(name, 7)) == "token_claims");
    CHECK(refused(check, with_claim(name, "")) == "token_claims");
    CHECK(refused(check, with_claim(name, longest + "x")) == "token_claims");
    CHECK(refused(check, with_claim(name, std::string("a\0b", 3))) == "token_claims");
  }
  CHECK(refused(check, with_claim("sub", longest)) == "");
  for (const char* name : {"exp", "nbf", "iat"}) {
    for (const auto& value : {nlohmann::json("never"), nlohmann::json(-1), nlohmann::json(1e300), nlohmann::json(true),
                              nlohmann::json(limits::kMaxMoment + 1)})
      CHECK(refused(check, with_claim(name, value)) == "token_claims");
  }
  CHECK(refused(check, with_claim("exp", limits::kMaxMoment)) == "");
  CHECK(refused(check, with_claim("exp", 1'800'000'100.75)) == "");
  const std::vector<std::string> many(limits::kMaxListEntries + 1, "r");
  CHECK(refused(check, with_claim("roles", many)) == "token_claims");
  CHECK(refused(check, with_claim("roles", {"a", 7})) == "token_claims");
  CHECK(refused(check, with_claim("aud", nlohmann::json::array())) == "token_claims");
  CHECK(refused(check, with_claim("scope", 7)) == "token_claims");
}

TEST_CASE("an access token is not any token, unless its issuer knows no better") {
  auto options = trusting(only(ec_key()));
  const TokenCheck strict(options);
  options.issuers[0].type = TokenType::any;
  const TokenCheck lenient(options);
  const std::string claims = write_claims(good_claims());
  const std::string kid = R"("kid":")" + ec_key().verifying().id() + R"("})";
  for (const std::string type : {R"({"alg":"ES256",)", R"({"alg":"ES256","typ":"JWT",)"}) {
    CHECK(refused(strict, signed_by(ec_key(), type + kid, claims)) == "token_type");
    CHECK(refused(lenient, signed_by(ec_key(), type + kid, claims)) == "");
  }
  CHECK(refused(strict, signed_by(ec_key(), R"({"alg":"ES256","typ":"application/AT+JWT",)" + kid, claims)) == "");
  CHECK(refused(lenient, signed_by(ec_key(), R"({"alg":"ES256","typ":"logout+jwt",)" + kid, claims)) == "token_type");
}

TEST_CASE("a token that was found good is refused once it expires, or its key is gone") {
  KeyPointer key = std::make_shared<const VerifyingKey>(ec_key().verifying());
  int looked = 0;
  const TokenCheck check(trusting([&](std::string_view) {
    ++looked;
    return key;
  }));
  const std::string token = make_token(ec_key(), good_claims());
  for (int i = 0; i < 3; ++i) CHECK(refused(check, token) == "");
  CHECK(looked == 3);
  CHECK(refused(check, token, kNow + 1h) == "token_expired");
  CHECK(refused(check, token) == "");
  key = nullptr;
  CHECK(refused(check, token) == "token_unknown_key");
}

TEST_CASE("a check remembers so many tokens and goes on past them") {
  auto options = trusting(only(ec_key()));
  options.remembered = 1;
  const TokenCheck check(options);
  for (int i = 0; i < 100; ++i) {
    Claims claims = good_claims();
    claims.id = std::to_string(i);
    CHECK(refused(check, make_token(ec_key(), claims)) == "");
  }
}

TEST_CASE("a check that could not be right is not made") {
  const auto refuse = [](auto change) {
    auto options = trusting(only(ec_key()));
    change(options);
    CHECK_THROWS_AS(TokenCheck{options}, Error);
  };
  refuse([](auto& o) { o.issuers.clear(); });
  refuse([](auto& o) { o.issuers[0].name = ""; });
  refuse([](auto& o) { o.issuers[0].find_key = {}; });
  refuse([](auto& o) { o.issuers.push_back(o.issuers[0]); });
  refuse([](auto& o) { o.audience = ""; });
  refuse([](auto& o) { o.skew = -1s; });
  refuse([](auto& o) { o.skew = limits::kMaxClockSkew + 1s; });
  refuse([](auto& o) { o.skew = std::chrono::seconds::max(); });
  refuse([](auto& o) { o.remembered = limits::kMaxRemembered + 1; });
}

TEST_CASE("claims that no check would take are not signed") {
  const auto refuse = [](auto change) {
    Claims claims = good_claims();
    change(claims);
    CHECK_THROWS_AS((void)make_token(ec_key(), claims), Error);
  };
  refuse([](auto& c) { c.subject = ""; });
  refuse([](auto& c) { c.subject = "\xff"; });
  refuse([](auto& c) { c.audience.clear(); });
  refuse([](auto& c) { c.expires = Moment(std::chrono::seconds(-1)); });
  refuse([](auto& c) { c.expires = Moment::max(); });
  refuse([](auto& c) { c.scope = {"two words"}; });
  refuse([](auto& c) { c.roles.assign(limits::kMaxListEntries + 1, "r"); });
}

TEST_CASE("base64url has one text for each run of bytes") {
  for (std::size_t size = 0; size < 40; ++size) {
    const std::string bytes = random_bytes(size);
    CHECK(from_base64url(to_base64url(bytes)) == bytes);
  }
  for (const char* wrong : {"A", "AA=", "AA==", "A+", "A/", "A A", "AB", "AAB", "AAAAA", "\n"})
    CHECK_FALSE(from_base64url(wrong));
}

}  // namespace
