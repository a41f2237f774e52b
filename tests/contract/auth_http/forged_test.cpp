// Tokens that nobody should take, through the gateway; keys that follow each other; issuers elsewhere.
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "auth/jwks.h"
#include "stage.h"
#include "unit/auth/forging.h"
#include "unit/http/stage.h"

using namespace web_test;
using auth_test::ec_key;
using auth_test::rsa_key;
using auth_test::signed_by;

namespace {

const std::string kOutside = "https://outside.test";

// An issuer elsewhere that these tests are.
class Elsewhere {
 public:
  Elsewhere()
      : server_(http::serve([this](const http::Request&, http::Responder responder) {
          ++fetched;
          const std::lock_guard lock(mutex_);
          responder.answer({.status = status, .body = document_});
        })) {
    publish({&ec_key(), &rsa_key()});
  }
  void publish(const std::vector<const SigningKey*>& keys) {
    std::vector<KeyPointer> published;
    for (const auto* key : keys) published.push_back(std::make_shared<const VerifyingKey>(key->verifying()));
    const std::lock_guard lock(mutex_);
    document_ = write_jwks(published);
  }
  [[nodiscard]] web::OutsideIssuer issuer() {
    return {.name = kOutside,
            .keys = {.url = "http://127.0.0.1:" + std::to_string(server_->port()) + "/jwks"},
            .called = "outside/",
            .min_interval = 0ms};
  }
  std::atomic<int> status{200};
  std::atomic<int> fetched{0};

 private:
  std::mutex mutex_;
  std::string document_;
  std::unique_ptr<http::Server> server_;
};

Claims claims_now() {
  const auto now = moment_of(std::chrono::system_clock::now());
  return {.issuer = kOutside,
          .subject = "ann",
          .audience = {"shop"},
          .expires = now + 300s,
          .not_before = {},
          .issued = now,
          .scope = {"read"},
          .roles = {"admin"},
          .id = {},
          .client = {}};
}

std::string header(const std::string& alg, const std::string& kid, const std::string& more = "") {
  return R"({"alg":")" + alg + R"(","kid":")" + kid + R"(","typ":"at+jwt")" + more + "}";
}

// HS256 with these bytes for its secret.
std::string signed_by_hmac(const std::string& secret, const std::string& head, const std::string& payload) {
  const std::string bytes = to_base64url(head) + '.' + to_base64url(payload);
  unsigned char mac[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  REQUIRE(HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
               reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), mac, &size) != nullptr);
  return bytes + '.' + to_base64url({reinterpret_cast<const char*>(mac), size});
}

}  // namespace

TEST_CASE("forged tokens are refused by the gateway with 401, and the reason is told") {
  Elsewhere there;
  StageOptions options;
  options.others = {there.issuer()};
  Stage stage(options);
  const std::string good = write_claims(claims_now());
  const std::string kid = ec_key().verifying().id(), rsa_kid = rsa_key().verifying().id();
  const auto with = [](auto change) {
    Claims claims = claims_now();
    change(claims);
    return claims;
  };
  const auto refused = [&](const std::string& token) {
    const auto answer = stage.me(token);
    CHECK(answer.status == 401);
    CHECK(answer.headers.find("WWW-Authenticate") == "Bearer");
    return json::parse(answer.body)["code"].get<std::string>();
  };

  const std::string token = make_token(ec_key(), claims_now());
  CHECK(json::parse(stage.me(token).body) == json{{"name", "outside/ann"}, {"roles", ""}, {"scopes", "read"}});
  CHECK(stage.me(make_token(rsa_key(), claims_now())).status == 200);

  CHECK(refused(to_base64url(header("none", kid)) + '.' + to_base64url(good) + '.') != "");
  CHECK(refused(signed_by(ec_key(), header("none", kid), good)) == "token_algorithm");
  for (const auto* key : {&ec_key(), &rsa_key()})
    CHECK(refused(signed_by_hmac(key->verifying().jwk(), header("HS256", key->verifying().id()), good)) ==
          "token_algorithm");
  CHECK(refused(signed_by(ec_key(), header("ES256", "another"), good)) == "token_unknown_key");
  CHECK(refused(signed_by(ec_key(), header("ES256", rsa_kid), good)) == "token_algorithm");
  CHECK(refused(signed_by(SigningKey::generate(Algorithm::es256), header("ES256", kid), good)) == "token_signature");
  // Where a token says its key is to be had, nobody looks.
  const SigningKey mine = SigningKey::generate(Algorithm::es256);
  const std::string own_id = mine.verifying().id();
  CHECK(refused(signed_by(mine, header("ES256", own_id, R"(,"jku":"https://evil.test/jwks")"), good)) ==
        "token_malformed");
  CHECK(refused(signed_by(mine, header("ES256", kid, R"(,"jwk":)" + mine.verifying().jwk()), good)) ==
        "token_malformed");
  CHECK(refused(make_token(ec_key(), with([](Claims& c) { c.expires -= 3'600s; }))) == "token_expired");
  CHECK(refused(make_token(ec_key(), with([](Claims& c) { c.not_before = *c.issued + 3'600s; }))) == "token_not_yet");
  CHECK(refused(make_token(ec_key(), with([](Claims& c) { c.audience = {"another"}; }))) == "token_audience");
  CHECK(refused(make_token(ec_key(), with([](Claims& c) { c.issuer = "https://evil.test"; }))) == "token_issuer");
  // The keys of one issuer are not another's.
  CHECK(refused(make_token(ec_key(), with([](Claims& c) { c.issuer = "https://front.test"; }))) == "token_unknown_key");
  CHECK(refused(make_token(ec_key(), claims_now(), TokenType::any)) == "token_type");
  CHECK(refused(token.substr(0, token.rfind('.') + 1)) != "");
  CHECK(refused(token.substr(0, token.size() - 2)) != "");
  CHECK(refused(token.substr(0, token.rfind('.'))) == "token_malformed");
  CHECK(refused("a.b.c") == "token_malformed");
  CHECK(refused(std::string(auth::limits::kMaxTokenBytes + 1, 'a')) == "token_too_large");
}

TEST_CASE("keys of an issuer elsewhere follow each other, and its tokens with them") {
  Elsewhere there;
  StageOptions options;
  auto issuer = there.issuer();
  issuer.refresh_every = 0ms;
  issuer.called = "";
  issuer.roles = true;
  options.others = {issuer};
  Stage stage(options);
  const SigningKey next = SigningKey::generate(Algorithm::es256);

  const std::string before = make_token(ec_key(), claims_now()), after = make_token(next, claims_now());
  CHECK(json::parse(stage.me(before).body) == json{{"name", "ann"}, {"roles", "admin"}, {"scopes", "read"}});
  CHECK(stage.me(after).status == 401);
  there.publish({&ec_key(), &next});
  CHECK(stage.me(after).status == 200);
  there.publish({&next});
  CHECK(http::soon([&] { return stage.me(before).status == 401; }));
  CHECK(stage.me(after).status == 200);
  there.status = 500;  // the keys that are there stay
  CHECK(stage.me(after).status == 200);
}

TEST_CASE("keys of the own issuer follow each other, and tokens of one that was removed are good no more") {
  Stage stage;
  stage.join("ann", "correct horse");
  const auto keys = stage.node().ref<TokenKeys>("https://front.test");

  const std::string first = stage.log_in("ann", "correct horse")["access_token"];
  (void)keys.rotate().get();
  const std::string second = stage.log_in("ann", "correct horse")["access_token"];
  const auto ids = [&] {
    std::vector<std::string> out;
    const json published = json::parse(stage.ask("GET", "/.well-known/jwks.json").body);
    for (const auto& key : published["keys"]) out.push_back(key["kid"]);
    return out;
  };
  REQUIRE(ids().size() == 2);
  CHECK(stage.me(first).status == 200);
  CHECK(stage.me(second).status == 200);
  (void)keys.remove([&](auto p) { p.setKeyId(ids()[0]); }).get();
  // Whoever fetches the keys from now on.
  const auto who = web::callers(stage.node(), stage.issuer());
  const auto refused = [&](const std::string& token) {
    http::Request request;
    request.headers.add("Authorization", "Bearer " + token);
    const auto known = who(request, true);
    return known->ok() ? "" : known->error().code();
  };
  CHECK(refused(first) == "token_unknown_key");
  CHECK(refused(second) == "");
}

TEST_CASE("an issuer elsewhere that is not reached lets none of its users in, and all others") {
  Elsewhere there;
  there.status = 500;
  http::Box<std::string> complaints;
  StageOptions options;
  auto issuer = there.issuer();
  issuer.complain = [&](const std::string& why) { complaints.put(why); };
  options.others = {issuer};
  Stage stage(options);
  stage.join("ann", "correct horse");

  CHECK(stage.me(make_token(ec_key(), claims_now())).status == 401);
  CHECK(complaints.take().find("the answer is 500") != std::string::npos);
  CHECK(stage.me(stage.log_in("ann", "correct horse")["access_token"]).status == 200);
  there.status = 200;
  CHECK(stage.me(make_token(ec_key(), claims_now())).status == 200);
}

TEST_CASE("names of callers that cannot be are refused") {
  Claims claims = claims_now();
  CHECK(web::caller_of(claims).value() == Caller{.name = "ann", .roles = "admin", .scopes = "read"});
  claims.subject = std::string(300, 'a');
  CHECK(web::caller_of(claims).error().code() == "token_claims");
  CHECK_THROWS_AS((void)web::callers("", {{.name = kOutside, .keys = {.url = "http://localhost/x"}}}), Error);
  CHECK_THROWS_AS((void)web::callers("shop", {}), Error);
  CHECK_THROWS_AS((void)web::callers("shop", {{.name = kOutside, .keys = {.url = "nothing"}}}), Error);
}
