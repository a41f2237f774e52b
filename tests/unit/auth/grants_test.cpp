// What clients get for a password, for themselves, and for a refresh token; and what they are told instead.
#include "desk.h"

namespace {

using namespace auth_test;
namespace limits = troupe::auth::limits;

TEST_CASE("a user's password gives a first-party client an access token that says who they are") {
  Desk desk;
  desk.join("ann", "correct horse", {"shopper", "clerk"});

  const Heard answer = desk.log_in("ann", "correct horse");

  CHECK(answer.status == 200);
  CHECK(answer.text("token_type") == "Bearer");
  CHECK(answer.body["expires_in"] == 300);
  CHECK(answer.text("scope") == "read write");
  auto claims = desk.check(answer.text("access_token"));
  REQUIRE(claims.ok());
  CHECK((*claims)->subject == "ann");
  CHECK((*claims)->client == "app");
  CHECK((*claims)->roles == std::vector<std::string>{"shopper", "clerk"});
  CHECK((*claims)->scope == std::vector<std::string>{"read", "write"});
  CHECK_FALSE((*claims)->id.empty());
  desk.bed.clock().advance(331s);
  CHECK(is(desk.check(answer.text("access_token")).error(), TokenFault::expired));
}

TEST_CASE("a wrong password and an unknown user are told the same") {
  Desk desk;
  desk.join("ann", "correct horse");
  const Heard wrong = desk.log_in("ann", "wrong horse");
  const Heard unknown = desk.log_in("nobody", "correct horse");
  CHECK(wrong.status == 400);
  CHECK(wrong.error() == "invalid_grant");
  CHECK(wrong.body == unknown.body);
  for (const std::string& user : {std::string(300, 'x'), std::string("a\nb")})
    CHECK(desk.log_in(user, "correct horse").body == wrong.body);
  CHECK(desk.log_in("ann", std::string(limits::kMaxPasswordBytes + 1, 'x')).body == wrong.body);
}

TEST_CASE("a client gets a token for itself, if it has a secret and that grant") {
  Desk desk;
  const auto ask = [&](const std::string& secret, const std::string& scope = "") {
    return desk.token(
        {{"grant_type", "client_credentials"}, {"client_id", "machine"}, {"client_secret", secret}, {"scope", scope}});
  };
  const Heard good = ask(kMachineSecret);
  CHECK(good.status == 200);
  CHECK(good.text("refresh_token").empty());
  auto claims = desk.check(good.text("access_token"));
  REQUIRE(claims.ok());
  CHECK((*claims)->subject == "machine");
  CHECK((*claims)->roles == std::vector<std::string>{"robot"});

  CHECK(ask("wrong").status == 401);
  CHECK(ask("wrong").error() == "invalid_client");
  CHECK(ask("").error() == "invalid_client");
  CHECK(ask(kMachineSecret, "stock admin").error() == "invalid_scope");
  const Heard header = desk.token({{"grant_type", "client_credentials"}}, "Basic bWFjaGluZTp3cm9uZw==");
  CHECK(header.status == 401);
  CHECK(header.authenticate.starts_with("Basic"));
}

TEST_CASE("a request that is none is told why, by the words of RFC 6749") {
  Desk desk;
  desk.join("ann", "correct horse");
  CHECK(desk.token({}).error() == "invalid_client");
  CHECK(desk.token({{"client_id", "nobody"}}).error() == "invalid_client");
  CHECK(desk.token({{"client_id", "app"}}).error() == "invalid_request");
  CHECK(desk.token({{"client_id", "app"}, {"client_id", "app"}}).error() == "invalid_request");
  CHECK(desk.token({{"client_id", "app"}, {"grant_type", "implicit"}}).error() == "unsupported_grant_type");
  CHECK(desk.token({{"client_id", "app"}, {"grant_type", "client_credentials"}}).error() == "unauthorized_client");
  CHECK(desk.token({{"client_id", "web"}, {"grant_type", "password"}}).error() == "unauthorized_client");
  CHECK(desk.token({{"client_id", "app"}, {"client_secret", "x"}, {"grant_type", "password"}}).error() ==
        "invalid_client");
  CHECK(desk.token({{"client_id", "app"}, {"grant_type", "password"}, {"username", "ann"}}).error() ==
        "invalid_request");
  CHECK(desk.token({{"client_id", "app"},
                    {"grant_type", "password"},
                    {"username", "ann"},
                    {"password", "correct horse"},
                    {"scope", "admin"}})
            .error() == "invalid_scope");
  CHECK_THROWS_AS((void)desk.token({}, "", std::string(limits::kMaxAddressBytes + 1, 'x')), Error);
}

TEST_CASE("a refresh token is good once and gives the next, with what the user is now") {
  Desk desk;
  desk.join("ann", "correct horse");
  const std::string first = desk.log_in("ann", "correct horse").text("refresh_token");
  desk.join("ann", "correct horse", {"clerk"});

  const Heard second = desk.refresh(first);

  CHECK(second.status == 200);
  CHECK(second.text("refresh_token") != first);
  auto claims = desk.check(second.text("access_token"));
  REQUIRE(claims.ok());
  CHECK((*claims)->roles == std::vector<std::string>{"clerk"});
  const Heard third = desk.token({{"grant_type", "refresh_token"},
                                  {"client_id", "app"},
                                  {"refresh_token", second.text("refresh_token")},
                                  {"scope", "read"}});
  CHECK(third.text("scope") == "read");
  CHECK(desk.refresh(third.text("refresh_token")).text("scope") == "read write");
}

TEST_CASE("a refresh token that is used twice revokes its whole family") {
  Desk desk;
  desk.join("ann", "correct horse");
  const std::string first = desk.log_in("ann", "correct horse").text("refresh_token");
  const std::string other = desk.log_in("ann", "correct horse").text("refresh_token");
  const std::string second = desk.refresh(first).text("refresh_token");
  const std::string third = desk.refresh(second).text("refresh_token");

  CHECK(desk.refresh(first).error() == "invalid_grant");

  CHECK(desk.refresh(third).error() == "invalid_grant");
  CHECK(desk.refresh(other).status == 200);  // another log-in is another family
}

TEST_CASE("a refresh token that nobody gave revokes nothing") {
  Desk desk;
  desk.join("ann", "correct horse");
  const std::string token = desk.log_in("ann", "correct horse").text("refresh_token");
  const std::string made_up = token.substr(0, 23) + to_base64url(std::string(32, '\0'));
  CHECK(desk.refresh(made_up).error() == "invalid_grant");
  CHECK(desk.refresh("").error() == "invalid_request");
  CHECK(desk.refresh("x").error() == "invalid_grant");
  CHECK(desk.refresh(token, "web").error() == "invalid_grant");  // another client's
  CHECK(desk.refresh(token).status == 200);
}

TEST_CASE("a password that was changed ends the log-ins of before, and those of after are good") {
  Desk desk;
  desk.join("ann", "correct horse");
  const Heard before = desk.log_in("ann", "correct horse");
  desk.bed.clock().advance(1s);
  desk.bed.finish(desk.bed.ref<members::Member>("ann").change([](auto p) { p.setPassword("battery staple"); }));
  const Heard after = desk.log_in("ann", "battery staple");

  CHECK(desk.refresh(before.text("refresh_token")).error() == "invalid_grant");
  const Heard refreshed = desk.refresh(after.text("refresh_token"));
  CHECK(refreshed.status == 200);
  desk.bed.clock().advance(1h);
  CHECK(desk.refresh(refreshed.text("refresh_token")).status == 200);
}

TEST_CASE("what a refresh asks for in vain does not use the token up") {
  Desk desk;
  desk.join("ann", "correct horse");
  const std::string token = desk.log_in("ann", "correct horse").text("refresh_token");
  CHECK(
      desk.token({{"grant_type", "refresh_token"}, {"client_id", "app"}, {"refresh_token", token}, {"scope", "admin"}})
          .error() == "invalid_scope");
  CHECK(desk.refresh(token).status == 200);
}

TEST_CASE("refresh tokens end when they are not used, and with their log-in however often they are") {
  auto config = shop_config();
  config.refresh_idle = 100s;
  config.refresh_life = 250s;
  Desk desk(config);
  desk.join("ann", "correct horse");
  CHECK(desk.rows("RefreshFamilies", "families") == 0);
  const std::string idle = desk.log_in("ann", "correct horse").text("refresh_token");
  std::string token = desk.log_in("ann", "correct horse").text("refresh_token");
  for (int i = 0; i < 2; ++i) {
    desk.bed.clock().advance(99s);
    const Heard answer = desk.refresh(token);
    REQUIRE(answer.status == 200);
    token = answer.text("refresh_token");
  }
  CHECK(desk.rows("RefreshFamilies", "used") == 2);
  CHECK(desk.refresh(idle).error() == "invalid_grant");
  desk.bed.clock().advance(60s);
  CHECK(desk.refresh(token).error() == "invalid_grant");
  desk.bed.clock().advance(10min);
  CHECK(desk.rows("RefreshFamilies", "families") == 0);
  CHECK(desk.rows("RefreshFamilies", "used") == 0);
}

TEST_CASE("a user who may not log in any more gets nothing for a refresh token, also later") {
  Desk desk;
  desk.join("ann", "correct horse");
  const std::string token = desk.log_in("ann", "correct horse").text("refresh_token");
  desk.bed.finish(desk.bed.ref<members::Member>("ann").leave());
  CHECK(desk.refresh(token).error() == "invalid_grant");
  CHECK(desk.log_in("ann", "correct horse").error() == "invalid_grant");
}

TEST_CASE("a refresh token that was revoked is good no more, and whoever revokes learns nothing") {
  Desk desk;
  desk.join("ann", "correct horse");
  const Heard begun = desk.log_in("ann", "correct horse");
  const std::string token = begun.text("refresh_token");
  CHECK(desk.revoke({{"client_id", "web"}, {"token", token}}).status == 200);  // not that client's
  CHECK(desk.refresh(token).status == 200);
  const std::string next = desk.log_in("ann", "correct horse").text("refresh_token");
  CHECK(desk.revoke({{"client_id", "app"}, {"token", next}}).status == 200);
  CHECK(desk.refresh(next).error() == "invalid_grant");
  CHECK(desk.revoke({{"client_id", "app"}, {"token", "never heard of"}}).status == 200);
  CHECK(desk.revoke({{"client_id", "app"}}).error() == "invalid_request");
  CHECK(desk.revoke({{"client_id", "nobody"}, {"token", next}}).error() == "invalid_client");
  CHECK(desk.revoke({{"client_id", "app"}, {"token", begun.text("access_token")}}).error() == "unsupported_token_type");
}

TEST_CASE("what an issuer gave is good after its node died") {
  Desk desk;
  desk.join("ann", "correct horse");
  const Heard begun = desk.log_in("ann", "correct horse");
  const std::string second = desk.refresh(begun.text("refresh_token")).text("refresh_token");
  desk.bed.crash();
  desk.bed.start();
  CHECK(desk.check(begun.text("access_token")).ok());
  CHECK(desk.refresh(second).status == 200);
  CHECK(desk.refresh(begun.text("refresh_token")).error() == "invalid_grant");  // it knows that it was used
}

TEST_CASE("a token endpoint whose answer is lost has used up no more than one refresh token") {
  Desk desk;
  desk.join("ann", "correct horse");
  const std::string token = desk.log_in("ann", "correct horse").text("refresh_token");
  desk.bed.messages().drop_next(1, {.service = "RefreshFamilies", .method = "rotate"}, testing::Loss::answer);
  CHECK(desk.refresh(token).status == 200);  // asked again, and answered from memory
}

TEST_CASE("a host that fails to say who a user is fails the request and uses nothing up") {
  auto users = members::users();
  bool away = true;
  const auto look_up = users.look_up;
  users.look_up = [&away, look_up](AskingActor& asking, std::string user) -> Task<std::optional<UserFacts>> {
    if (away) throw Error(ErrorKind::unavailable, "the directory is away");
    co_return co_await look_up(asking, user);
  };
  Desk desk(shop_config(), users);
  desk.join("ann", "correct horse");
  const std::string token = desk.log_in("ann", "correct horse").text("refresh_token");
  const Heard answer = desk.refresh(token);
  CHECK(answer.status == 503);
  CHECK(answer.retry_after_ms >= 1'000);
  away = false;
  CHECK(desk.refresh(token).status == 200);
}

TEST_CASE("a user of more roles than a token has room for is an error of the server, not of the request") {
  Desk desk;
  desk.join("ann", "correct horse", std::vector<std::string>(limits::kMaxListEntries + 1, "r"));
  try {
    (void)desk.log_in("ann", "correct horse");
    FAIL("it got a token");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::failed);
  }
}

}  // namespace
