// Log-ins of browsers: authorization codes with PKCE, cookies, forms that others would like to send, and the end of it.
#include "stage.h"

using namespace web_test;

namespace {

const std::string kAuthorize = "/oauth/authorize?";

// Of the tokens that a code is good for.
http::Answer redeem(Stage& stage, const std::string& code, const std::string& verifier = kVerifier) {
  return stage.post_form("/oauth/token", {{"grant_type", "authorization_code"},
                                          {"client_id", "web"},
                                          {"redirect_uri", "https://web.test/back"},
                                          {"code", code},
                                          {"code_verifier", verifier}});
}

std::string code_of(const http::Answer& answer) {
  CHECK(answer.status == 303);
  CHECK(answer.headers.find("Cache-Control") == "no-store");
  CHECK(in_location(answer, "state") == "the state");
  CHECK(in_location(answer, "iss") == "https://front.test");
  return in_location(answer, "code");
}

std::string why(const http::Answer& answer) { return json::parse(answer.body).value("code", ""); }

}  // namespace

TEST_CASE("a browser without a session is sent to the log-in page, and comes back with a code for tokens") {
  Stage stage;
  stage.join("ann", "correct horse", {"clerk"});
  Browser browser(stage);

  const auto to_page = browser.get(kAuthorize + form(code_request({{"scope", "read"}})));
  CHECK(to_page.status == 303);
  CHECK(to_page.headers.find("Location")->starts_with("/login.html?return_to=%2Foauth%2Fauthorize%3F"));
  const std::string back = in_location(to_page, "return_to");
  CHECK(browser.cookies().empty());
  const auto logged_in = browser.log_in("ann", "correct horse", back);
  CHECK(logged_in.status == 303);
  CHECK(logged_in.headers.find("Location") == back);
  CHECK(browser.cookies().size() == 1);
  CHECK(browser.cookie("troupe_session").size() == 66);
  const auto redirected = browser.get(back);
  CHECK(redirected.headers.find("Location")->starts_with("https://web.test/back?"));
  const std::string code = code_of(redirected);
  const auto answer = redeem(stage, code);
  REQUIRE(answer.status == 200);
  const json given = json::parse(answer.body);
  CHECK(given["scope"] == "read");
  CHECK(json::parse(stage.me(given["access_token"]).body) ==
        json{{"name", "ann"}, {"roles", "clerk"}, {"scopes", "read"}});

  const std::string second = code_of(browser.get(back));  // the session lasts
  CHECK(redeem(stage, second, kVerifier + "x").status == 400);
  CHECK(redeem(stage, code).status == 400);  // twice: what it gave is revoked
  CHECK(
      stage
          .post_form("/oauth/token",
                     {{"grant_type", "refresh_token"}, {"client_id", "web"}, {"refresh_token", given["refresh_token"]}})
          .status == 400);
}

TEST_CASE("silent renewal gives a code or says that a log-in is wanted, and a log-in can be asked for") {
  Stage stage;
  stage.join("ann", "correct horse");
  Browser browser(stage);
  const std::string silent = kAuthorize + form(code_request({{"prompt", "none"}}));
  const std::string again = kAuthorize + form(code_request({{"prompt", "login"}}));

  const auto unknown = browser.get(silent);
  CHECK(unknown.headers.find("Location")->starts_with("https://web.test/back?"));
  CHECK(in_location(unknown, "error") == "login_required");
  CHECK(in_location(unknown, "state") == "the state");
  REQUIRE(browser.log_in("ann", "correct horse").status == 303);
  CHECK(code_of(browser.get(silent)).size() == 43);
  const auto to_page = browser.get(again);
  CHECK(to_page.headers.find("Location")->starts_with("/login.html?"));
  const std::string back = in_location(to_page, "return_to");
  CHECK(back.find("prompt") == back.npos);  // it would ask for ever
  CHECK(code_of(browser.get(back)).size() == 43);
  const auto odd = browser.get(kAuthorize + form(code_request({{"prompt", "none login"}})));
  CHECK(odd.status == 400);
}

TEST_CASE("nobody is sent to an address that no client registered, before a log-in or after it") {
  Stage stage;
  stage.join("ann", "correct horse");
  Browser browser(stage);
  const auto bad = [&] {
    for (const Pairs& more :
         {Pairs{{"redirect_uri", "https://evil.test/"}}, Pairs{{"redirect_uri", "https://web.test/back/.."}},
          Pairs{{"redirect_uri", "https://web.test/back\r\nSet-Cookie: a=b"}}, Pairs{{"redirect_uri", ""}},
          Pairs{{"client_id", "nobody"}}, Pairs{{"client_id", ""}}}) {
      const auto answer = browser.get(kAuthorize + form(code_request(more)));
      CHECK(answer.status == 400);
      CHECK_FALSE(answer.headers.has("Location"));
      CHECK_FALSE(answer.headers.has("Set-Cookie"));
    }
    for (const Pairs& more : {Pairs{{"response_type", "token"}}, Pairs{{"code_challenge_method", "plain"}},
                              Pairs{{"code_challenge", ""}}, Pairs{{"scope", "stock"}}}) {
      const auto answer = browser.get(kAuthorize + form(code_request(more)));
      CHECK(answer.status == 303);
      CHECK(in_location(answer, "error") != "");
      CHECK(in_location(answer, "code") == "");
    }
    CHECK(browser.get(kAuthorize + "client_id=web&client_id=web").status == 400);
    CHECK(browser.get(kAuthorize + "client_id=%zz").status == 400);
  };

  bad();
  REQUIRE(browser.log_in("ann", "correct horse").status == 303);
  bad();
  const std::string state = "a\r\nSet-Cookie: b=c\r\n\r\n<script>";
  const auto answer = browser.get(kAuthorize + form(code_request({{"state", state}})));
  CHECK(in_location(answer, "state") == state);
  CHECK_FALSE(answer.headers.has("Set-Cookie"));
}

TEST_CASE("after a log-in nobody is sent to another host") {
  Stage stage;
  stage.join("ann", "correct horse");

  for (const char* to : {"https://evil.test/", "//evil.test/", "/\\evil.test", "\\\\evil.test", "javascript:alert(1)",
                         "evil", "/a b", "/a\nb", "/\t/evil.test"}) {
    Browser browser(stage);
    const auto answer = browser.log_in("ann", "correct horse", to);
    CHECK_MESSAGE(answer.status == 400, to);
    CHECK(browser.cookie("troupe_session") == "");
  }
  Browser browser(stage);
  CHECK(browser.log_in("ann", "correct horse", "/" + std::string(5'000, 'x')).status == 400);
  CHECK(browser.log_in("ann", "correct horse", "/orders?open=1#top").headers.find("Location") == "/orders?open=1#top");
  CHECK(browser.log_in("ann", "correct horse").headers.find("Location") == "/");
}

TEST_CASE("a form of another page logs nobody in or out") {
  Stage stage;
  stage.join("ann", "correct horse");
  Browser browser(stage);
  const std::string token = browser.form_token();
  const auto post = [&](const std::string& path, const std::string& with) {
    return browser.post(path, {{"username", "ann"}, {"password", "correct horse"}, {"form_token", with}});
  };
  const auto refused = [&](const std::string& path) {
    CHECK(post(path, token).status == 403);
    CHECK(browser.cookie("troupe_session") == "");
  };

  for (const char* path : {"/oauth/login", "/oauth/logout"}) {
    for (const char* origin : {"http://evil.test", "http://front.evil.test", "http://front:81", "front"}) {
      browser.origin = origin;
      refused(path);
    }
    browser.origin = "null";
    browser.site = "";
    refused(path);
    browser.origin = "http://front";
    for (const char* site : {"cross-site", "same-site", "none", "same-origin, same-origin"}) {
      browser.site = site;
      refused(path);
    }
    browser.site = "same-origin";
    for (const std::string& wrong : {std::string(), std::string("x"), token + "x", std::string(43, 'A')})
      CHECK(why(post(path, wrong)) == "form_token");
    Browser other(stage);  // a token of another browser, and one without a cookie
    CHECK(why(other.post(path, {{"username", "ann"}, {"password", "correct horse"}, {"form_token", token}})) ==
          "form_token");
    CHECK(other.form_token() != token);
  }
  CHECK(stage.ask("POST", "/oauth/login", "Content-Type: text/plain\r\n", "username=ann").status == 415);
  browser.site = "cross-site";
  CHECK(browser.get("/oauth/login").status == 403);  // the token is for this origin's pages
  browser.site = browser.origin = "";                // no browser says nothing; a program that keeps cookies may
  CHECK(post("/oauth/login", token).status == 303);
}

TEST_CASE("a wrong password is told to the page, and a browser is held back as any other") {
  StageOptions options;
  options.per_user = {2, 60s};
  Stage stage(options);
  stage.join("ann", "correct horse");
  Browser browser(stage);
  const json wrong = {{"username", "ann"}, {"password", "wrong"}, {"formToken", browser.form_token()}};

  const auto by_form = browser.log_in("ann", "wrong", "/orders");
  CHECK(by_form.headers.find("Location") == "/login.html?error=wrong_password&return_to=%2Forders");
  const auto by_script = browser.post_json("/oauth/login", wrong);
  CHECK(by_script.status == 401);
  CHECK(why(by_script) == "wrong_password");
  const auto held_form = browser.log_in("ann", "correct horse");
  CHECK(held_form.headers.find("Location")->starts_with("/login.html?error=too_many_attempts&retry_after="));
  const auto held_script = browser.post_json("/oauth/login", wrong);
  CHECK(held_script.status == 429);
  CHECK(held_script.headers.has("Retry-After"));
  CHECK(browser.cookie("troupe_session") == "");
  for (const json& bad : {json::array(), json{{"username", 7}}, json{{"username", "a"}, {"formToken", json::object()}}})
    CHECK(browser.post_json("/oauth/login", bad).status == 400);
}

TEST_CASE("a session ends with its log-out, and all of a user's when the program says so") {
  Stage stage;
  stage.join("ann", "correct horse");
  stage.join("bob", "battery staple");
  const std::string silent = kAuthorize + form(code_request({{"prompt", "none"}}));
  const auto is_in = [&](Browser& browser) { return in_location(browser.get(silent), "code") != ""; };
  Browser one(stage), two(stage), bob(stage);
  for (Browser* browser : {&one, &two}) REQUIRE(browser->log_in("ann", "correct horse").status == 303);
  REQUIRE(bob.log_in("bob", "battery staple").status == 303);
  const std::string kept = one.cookie("troupe_session");

  CHECK(json::parse(one.get("/oauth/login").body)["user"] == "ann");
  const auto out = one.post("/oauth/logout", {{"form_token", one.form_token()}, {"return_to", "/bye"}});
  CHECK(out.status == 303);
  CHECK(out.headers.find("Location") == "/bye");
  CHECK(one.cookie("troupe_session") == "");
  one.set_cookie("troupe_session", kept);  // somebody has a copy
  CHECK_FALSE(is_in(one));
  CHECK(is_in(two));
  const std::string before = two.cookie("troupe_session");
  REQUIRE(two.log_in("ann", "correct horse").status == 303);  // anew: the old one is over
  CHECK(two.cookie("troupe_session") != before);
  CHECK(is_in(two));
  stage.endpoints().end_sessions("ann");
  CHECK_FALSE(is_in(two));
  CHECK(is_in(bob));
  const auto by_script = bob.post_json("/oauth/logout", {{"formToken", bob.form_token()}});
  CHECK(by_script.status == 200);
  CHECK(json::parse(by_script.body)["returnTo"] == "/");
  CHECK_FALSE(is_in(bob));
}

TEST_CASE("a cookie is no token, and one that is there twice or is none lets nobody in") {
  Stage stage;
  stage.join("ann", "correct horse");
  Browser browser(stage);
  REQUIRE(browser.log_in("ann", "correct horse").status == 303);
  const std::string cookie = browser.cookie("troupe_session");
  const std::string silent = kAuthorize + form(code_request({{"prompt", "none"}}));
  const auto with = [&](const std::string& headers) { return stage.ask("GET", silent, headers); };

  CHECK(browser.get("/me").status == 401);
  CHECK(stage.me(cookie).status == 401);
  CHECK(in_location(with("Cookie: a=b; troupe_session=" + cookie + "\r\n"), "code") != "");
  for (const std::string& twice : {"Cookie: troupe_session=" + cookie + "; troupe_session=" + cookie + "\r\n",
                                   "Cookie: troupe_session=x\r\nCookie: troupe_session=" + cookie + "\r\n"}) {
    CHECK(with(twice).status == 400);
    CHECK(why(with(twice)) == "cookies");
  }
  std::string forged = cookie;
  forged.back() = forged.back() == 'A' ? 'Q' : 'A';
  for (const std::string& none : {forged, cookie.substr(1), cookie + "A", std::string("x"), "\"" + cookie + "\""})
    CHECK(in_location(with("Cookie: troupe_session=" + none + "\r\n"), "error") == "login_required");
}

TEST_CASE("options of endpoints that cannot be are refused by name") {
  Stage stage;
  const auto refused = [&](auto change) {
    web::EndpointOptions options{.log_in_client = "app", .log_in_page = "/login.html"};
    change(options);
    try {
      const web::Endpoints endpoints(stage.node(), stage.issuer(), options);
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::invalid);
      return error.message();
    }
    return std::string();
  };
  const auto names = [&](const char* option, auto change) {
    CHECK_MESSAGE(refused(change).find(option) != std::string::npos, option);
  };

  CHECK(refused([](auto&) {}) == "");
  CHECK(refused([](auto& o) { o.prefix = ""; }) == "");
  for (const char* bad : {"oauth", "/oauth/", "//evil", "/a b"}) names("prefix", [&](auto& o) { o.prefix = bad; });
  for (const char* bad : {"front", "https://front/", "https://front/x", "ftp://front", "https://a@front", "https://"})
    names("public_url", [&](auto& o) { o.public_url = bad; });
  names("log_in_page", [](auto& o) { o.log_in_page = "https://evil.test/"; });
  names("log_in_path", [](auto& o) { o.log_in_path = "login"; });
  for (const char* bad : {"nobody", "web", "machine"}) names("log_in_client", [&](auto& o) { o.log_in_client = bad; });
  names("after_log_in", [](auto& o) { o.after_log_in = "//evil.test"; });
  names("after_log_out", [](auto& o) { o.after_log_out = ""; });
  for (const auto bad : {0s, -1s, std::chrono::seconds::max(), std::chrono::seconds::min()}) {
    names("session_life", [&](auto& o) { o.session_life = bad; });
    names("session_idle", [&](auto& o) { o.session_idle = bad; });
  }
}
