// Every grant, revocation and what the issuer says of itself, through real HTTP.
#include "auth/issuer_keys.h"
#include "auth/jwks.h"
#include "stage.h"

using namespace web_test;

namespace {

const std::string kFormType = "Content-Type: application/x-www-form-urlencoded\r\n";

Pairs password_grant(const std::string& password = "correct horse") {
  return {{"grant_type", "password"}, {"client_id", "app"}, {"username", "ann"}, {"password", password}};
}

std::string error_of(const http::Answer& answer) {
  CHECK(answer.headers.find("Cache-Control") == "no-store");
  return json::parse(answer.body).value("error", "");
}

}  // namespace

TEST_CASE("a user's password gives tokens over HTTP, and the gateway takes them as theirs") {
  Stage stage;
  stage.join("ann", "correct horse", {"shopper", "clerk"});

  const json given = stage.tokens(password_grant());

  CHECK(given["token_type"] == "Bearer");
  CHECK(given["expires_in"] == 300);
  CHECK(given["scope"] == "read write");
  const auto me = stage.me(given["access_token"]);
  CHECK(me.status == 200);
  CHECK(json::parse(me.body) == json{{"name", "ann"}, {"roles", "shopper clerk"}, {"scopes", "read write"}});
  const auto wrong = stage.post_form("/oauth/token", password_grant("wrong"));
  CHECK(wrong.status == 400);
  CHECK(error_of(wrong) == "invalid_grant");
}

TEST_CASE("a program's secret gives it a token, by header or in the form, and not by both") {
  Stage stage;
  const Pairs grant = {{"grant_type", "client_credentials"}};

  const json by_header = stage.tokens(grant, basic("machine", kMachineSecret));
  const json by_form =
      stage.tokens({{"grant_type", "client_credentials"}, {"client_id", "machine"}, {"client_secret", kMachineSecret}});

  for (const json& given : {by_header, by_form}) {
    const auto me = json::parse(stage.me(given["access_token"]).body);
    CHECK(me == json{{"name", "machine"}, {"roles", "robot"}, {"scopes", "stock"}});
    CHECK_FALSE(given.contains("refresh_token"));
  }
  CHECK(stage.ask("POST", "/stock", "Authorization: Bearer " + by_header["access_token"].get<std::string>() + "\r\n")
            .status == 204);
  const auto wrong = stage.post_form("/oauth/token", grant, basic("machine", "wrong"));
  CHECK(wrong.status == 401);
  CHECK(wrong.headers.find("WWW-Authenticate") == "Basic realm=\"token\"");
  CHECK(error_of(wrong) == "invalid_client");
  const Pairs both = {
      {"grant_type", "client_credentials"}, {"client_id", "machine"}, {"client_secret", kMachineSecret}};
  CHECK(error_of(stage.post_form("/oauth/token", both, basic("machine", kMachineSecret))) == "invalid_request");
}

TEST_CASE("a refresh token is good once, and when it comes again all of its log-in is over") {
  Stage stage;
  stage.join("ann", "correct horse");
  const auto refresh = [&](const json& with) {
    return stage.post_form("/oauth/token", {{"grant_type", "refresh_token"},
                                            {"client_id", "app"},
                                            {"refresh_token", with["refresh_token"].get<std::string>()}});
  };

  const json first = stage.tokens(password_grant());
  const auto answer = refresh(first);
  REQUIRE(answer.status == 200);
  const json second = json::parse(answer.body);
  CHECK(stage.me(second["access_token"]).status == 200);
  CHECK(error_of(refresh(first)) == "invalid_grant");
  CHECK(error_of(refresh(second)) == "invalid_grant");

  const json other = stage.tokens(password_grant());
  CHECK(stage.post_form("/oauth/revoke", {{"client_id", "app"}, {"token", other["refresh_token"]}}).status == 200);
  CHECK(error_of(refresh(other)) == "invalid_grant");
  CHECK(stage.post_form("/oauth/revoke", {{"client_id", "app"}, {"token", "no token"}}).status == 200);
  CHECK(error_of(stage.post_form("/oauth/revoke", {{"client_id", "app"}, {"token", other["access_token"]}})) ==
        "unsupported_token_type");
}

TEST_CASE("an issuer says over HTTP what it is, and its keys verify its tokens") {
  Stage stage;
  stage.join("ann", "correct horse");

  const auto answer = stage.ask("GET", "/.well-known/oauth-authorization-server");
  const json about = json::parse(answer.body);
  const auto keys = stage.ask("GET", "/.well-known/jwks.json");

  CHECK(answer.headers.find("Content-Type") == "application/json");
  CHECK(about["issuer"] == "https://front.test");
  CHECK(about["token_endpoint"] == "http://front/oauth/token");
  CHECK(about["revocation_endpoint"] == "http://front/oauth/revoke");
  CHECK(about["authorization_endpoint"] == "http://front/oauth/authorize");
  CHECK(about["jwks_uri"] == "http://front/.well-known/jwks.json");
  CHECK(about["grant_types_supported"] ==
        json{"authorization_code", "client_credentials", "password", "refresh_token"});
  CHECK(about["scopes_supported"] == json{"read", "stock", "write"});
  CHECK(about["code_challenge_methods_supported"] == json{"S256"});
  CHECK(about["authorization_response_iss_parameter_supported"] == true);
  CHECK(keys.headers.find("Content-Type") == "application/jwk-set+json");
  CHECK(keys.headers.find("Cache-Control") == "public, max-age=60");
  const json published = json::parse(keys.body);
  REQUIRE(published["keys"].size() == 1);
  CHECK_FALSE(published["keys"][0].contains("d"));
  const auto held = std::make_shared<IssuerKeys>(IssuerKeysOptions{.fetch = [&] { return keys.body; }});
  const TokenCheck check({.issuers = {trust("https://front.test", held)}, .audience = "shop"});
  const std::string token = stage.tokens(password_grant())["access_token"];
  CHECK(check.check(token, std::chrono::system_clock::now()).ok());
}

TEST_CASE("a request to the token endpoint that is no form to the letter is refused, and nothing of it is taken") {
  StageOptions options;
  options.gateway.server.limits.body_bytes = 256 << 10;
  Stage stage(options);
  stage.join("ann", "correct horse");
  const std::string good = form(password_grant());
  const auto refused = [&](const std::string& target, const std::string& headers, const std::string& body) {
    const auto answer = stage.ask("POST", target, headers, body);
    CHECK(answer.status == 400);
    return error_of(answer);
  };

  CHECK(stage.ask("POST", "/oauth/token", kFormType, good).status == 200);
  CHECK(stage.ask("POST", "/oauth/token", "Content-Type: application/X-www-form-urlencoded; charset=UTF-8\r\n", good)
            .status == 200);
  CHECK(refused("/oauth/token?" + good, kFormType, "") == "invalid_request");
  CHECK(refused("/oauth/token", "Content-Type: application/json\r\n", R"({"grant_type":"password"})") ==
        "invalid_request");
  CHECK(refused("/oauth/token", "Content-Type: multipart/form-data; boundary=x\r\n", good) == "invalid_request");
  CHECK(refused("/oauth/token", kFormType + kFormType, good) == "invalid_request");
  CHECK(refused("/oauth/token", "", good) == "invalid_request");
  CHECK(stage.ask("POST", "/oauth/token", kFormType, "").status == 401);  // it is a form, and nobody's
  for (const char* bad : {"&grant_type=password", "&x=%", "&x=%4", "&x=%zz", "&x=%00", "&x=%ff", "&=x", "&x=a b",
                          "&x=\xc3\xa9", "&x=a\nb"})
    CHECK_MESSAGE(refused("/oauth/token", kFormType, good + bad) == "invalid_request", bad);
  std::string many = good;
  for (int i = 0; i < 40; ++i) many += "&p" + std::to_string(i) + "=1";
  CHECK(refused("/oauth/token", kFormType, many) == "invalid_request");
  const auto large = stage.ask("POST", "/oauth/token", kFormType, good + "&x=" + std::string(70'000, 'x'));
  CHECK(large.status == 413);
  CHECK(error_of(large) == "invalid_request");
  CHECK(stage.ask("POST", "/oauth/token", kFormType, std::string(300'000, 'x')).status == 413);
  const std::string header = basic("machine", kMachineSecret);
  CHECK(refused("/oauth/token", kFormType + header + header, "grant_type=client_credentials") == "invalid_request");
  CHECK(stage.ask("GET", "/oauth/token?" + good).status == 405);
}

TEST_CASE("a program logs in with a name and a password, as JSON, and is held back as any other") {
  StageOptions options;
  options.per_user = {3, 60s};
  Stage stage(options);
  stage.join("ann", "correct horse");
  const json good = {{"name", "ann"}, {"password", "correct horse"}};
  const json wrong = {{"name", "ann"}, {"password", "wrong"}};

  const auto answer = stage.post_json("/login", good);
  REQUIRE(answer.status == 200);
  const json given = json::parse(answer.body);
  CHECK(given["tokenType"] == "Bearer");
  CHECK(given["expiresIn"] == 300);
  CHECK(given["refreshToken"].get<std::string>().size() == 66);
  CHECK(answer.headers.find("Cache-Control") == "no-store");
  CHECK_FALSE(answer.headers.has("Set-Cookie"));
  CHECK(json::parse(stage.me(given["accessToken"]).body)["name"] == "ann");
  for (const json& bad : {json::array(), json{{"name", "ann"}}, json{{"name", "ann"}, {"password", 7}},
                          json{{"name", ""}, {"password", "x"}},
                          json{{"name", "ann"}, {"password", "x"}, {"grant_type", "client_credentials"}},
                          json{{"name", "ann"}, {"password", "x"}, {"client_id", "machine"}}, json("x"),
                          json{{"name", "a"}, {"password", std::string("\0", 1)}}})
    CHECK_MESSAGE(stage.post_json("/login", bad).status == 400, bad.dump());
  CHECK(stage.post_form("/login", {{"name", "ann"}, {"password", "correct horse"}}).status == 400);
  CHECK(stage.ask("POST", "/login", "Content-Type: application/json\r\n", R"({"name":"a","name":"b","password":"c"})")
            .status == 400);

  const auto refused = stage.post_json("/login", wrong);
  CHECK(refused.status == 401);
  CHECK(refused.headers.find("Content-Type") == "application/problem+json");
  CHECK(json::parse(refused.body)["code"] == "wrong_password");
  CHECK(json::parse(stage.post_json("/login", {{"name", "nobody"}, {"password", "x"}}).body) ==
        json::parse(refused.body));
  CHECK(stage.post_json("/login", wrong).status == 401);
  CHECK(stage.post_json("/login", wrong).status == 401);
  const auto held = stage.post_json("/login", good);
  CHECK(held.status == 429);
  CHECK(std::stoi(std::string(held.headers.find("Retry-After").value_or("0"))) > 30);
  const auto held_form = stage.post_form("/oauth/token", password_grant());
  CHECK(held_form.status == 429);
  CHECK(held_form.headers.has("Retry-After"));
}
