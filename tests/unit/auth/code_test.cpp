// Authorization codes with PKCE: where a browser is sent, and what a code is good for.
#include "desk.h"

namespace {

using namespace auth_test;
namespace limits = troupe::auth::limits;

const std::string kVerifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const std::string kBack = "https://web.test/back";

Pairs wish(Pairs changes = {}) {
  Pairs pairs = {{"response_type", "code"},
                 {"client_id", "web"},
                 {"redirect_uri", kBack},
                 {"state", "a b&c"},
                 {"code_challenge", to_base64url(sha256(kVerifier))},
                 {"code_challenge_method", "S256"}};
  for (auto& change : changes)
    for (auto& pair : pairs)
      if (pair.first == change.first) pair.second = change.second;
  return pairs;
}

std::string code_in(const std::string& location) {
  const auto at = location.find("code=");
  return at == location.npos ? "" : location.substr(at + 5, 43);
}

Heard redeem(Desk& desk, const std::string& code, const std::string& uri = kBack,
             const std::string& verifier = kVerifier, const std::string& client = "web") {
  return desk.token({{"grant_type", "authorization_code"},
                     {"client_id", client},
                     {"code", code},
                     {"redirect_uri", uri},
                     {"code_verifier", verifier}});
}

TEST_CASE("a code comes back to the client with its state, and gives its user's tokens once") {
  Desk desk;
  desk.join("ann", "correct horse");

  const Heard sent = desk.authorize(wish());

  CHECK(sent.status == 303);
  CHECK(sent.location.starts_with(kBack + "?state=a%20b%26c&iss=https%3A%2F%2Fissuer.test&code="));
  const Heard given = redeem(desk, code_in(sent.location));
  CHECK(given.status == 200);
  auto claims = desk.check(given.text("access_token"));
  REQUIRE(claims.ok());
  CHECK((*claims)->subject == "ann");
  CHECK((*claims)->client == "web");
  CHECK(desk.refresh(given.text("refresh_token"), "web").status == 200);
}

TEST_CASE("a code that is used twice revokes what it gave") {
  Desk desk;
  desk.join("ann", "correct horse");
  const std::string code = code_in(desk.authorize(wish()).location);
  const Heard given = redeem(desk, code);
  CHECK(redeem(desk, code).error() == "invalid_grant");
  CHECK(desk.refresh(given.text("refresh_token"), "web").error() == "invalid_grant");
}

TEST_CASE("a code is good for its own client, redirect and verifier alone") {
  auto config = shop_config();
  config.clients.push_back({.id = "other", .redirect_uris = {kBack}, .grants = {Grant::authorization_code}});
  Desk desk(config);
  desk.join("ann", "correct horse");
  const std::string code = code_in(desk.authorize(wish()).location);
  CHECK(redeem(desk, code, kBack + "?x=1").error() == "invalid_grant");
  CHECK(redeem(desk, code, kBack, std::string(43, 'a')).error() == "invalid_grant");
  CHECK(redeem(desk, code, kBack, to_base64url(sha256(kVerifier))).error() == "invalid_grant");
  CHECK(redeem(desk, code, kBack, "").error() == "invalid_request");
  CHECK(redeem(desk, code, kBack, kVerifier, "other").error() == "invalid_grant");
  CHECK(redeem(desk, "never given").error() == "invalid_grant");
  CHECK(redeem(desk, code).status == 200);  // none of them used it up
}

TEST_CASE("a code expires") {
  Desk desk;
  desk.join("ann", "correct horse");
  const std::string code = code_in(desk.authorize(wish()).location);
  CHECK(desk.rows("AuthorizationCodes", "codes") == 1);
  desk.bed.clock().advance(60s);
  CHECK(redeem(desk, code).error() == "invalid_grant");
  desk.bed.clock().advance(25h);
  CHECK(desk.rows("AuthorizationCodes", "codes") == 0);
}

TEST_CASE(
    "a request for a code of which nobody is known yet is told that a log-in is wanted, if it is good otherwise") {
  Desk desk;

  const Heard wanted = desk.authorize(wish(), "");
  CHECK(wanted.status == 303);
  CHECK(wanted.location.find("error=login_required") != std::string::npos);
  CHECK(wanted.location.find("code=") == std::string::npos);
  CHECK(desk.authorize({{"client_id", "web"}, {"redirect_uri", "https://evil.test/"}}, "").status == 400);
}

TEST_CASE("nobody is sent to an address that the client did not register") {
  Desk desk;
  for (const std::string& uri :
       {std::string("https://evil.test/"), kBack + "/", kBack + "?", kBack + "?x=2",
        std::string("HTTPS://web.test/back"), std::string("https://web.test/back#"), std::string()}) {
    CAPTURE(uri);
    const Heard answer = desk.authorize(wish({{"redirect_uri", uri}}));
    CHECK(answer.status == 400);
    CHECK(answer.location.empty());
    CHECK(answer.error() == "invalid_request");
  }
  CHECK(desk.authorize(wish({{"client_id", "nobody"}})).status == 400);
  CHECK(desk.authorize(wish({{"client_id", "app"}})).status == 400);
  CHECK_THROWS_AS((void)desk.authorize(wish(), "a\nb"), Error);
  CHECK_THROWS_AS((void)desk.authorize(wish(), std::string(limits::kMaxNameBytes + 1, 'x')), Error);
}

TEST_CASE("what is wrong with a request for a code the client hears by its redirect") {
  Desk desk;
  const auto error = [&](Pairs changes) {
    const Heard answer = desk.authorize(wish(std::move(changes)));
    CHECK(answer.status == 303);
    CHECK(answer.location.find("code=") == std::string::npos);
    const auto at = answer.location.find("&error=");
    return at == std::string::npos ? "" : answer.location.substr(at + 7, answer.location.find('&', at + 7) - at - 7);
  };
  CHECK(error({{"response_type", "token"}}) == "unsupported_response_type");
  CHECK(error({{"code_challenge_method", "plain"}}) == "invalid_request");
  CHECK(error({{"code_challenge_method", ""}}) == "invalid_request");
  CHECK(error({{"code_challenge", ""}}) == "invalid_request");
  CHECK(error({{"code_challenge", kVerifier + "x"}}) == "invalid_request");
  CHECK(error({{"redirect_uri", kBack + "?x=1"}, {"response_type", "x"}}) == "unsupported_response_type");
}

}  // namespace
