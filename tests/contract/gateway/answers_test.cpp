// Errors, rules, conditional requests, other origins, and the gateway's own paths.
#include <fstream>

#include "stage.h"

using namespace troupe;
using namespace troupe::bazaar;
using nlohmann::json;

namespace {

std::string as(const std::string& who) { return "Authorization: Bearer " + who + "\r\n"; }

}  // namespace

TEST_CASE("an error has one status for its kind, and says what is known of it") {
  Stage stage;

  const auto refused = stage.ask({.verb = "PATCH", .target = "/items/a/refuse", .body = R"({"why":"sold_out"})"});
  const json told = json::parse(refused.body);

  CHECK(refused.status == http_status(ErrorKind::refused));
  CHECK(told["kind"] == "refused");
  CHECK(told["code"] == "sold_out");
  CHECK(told["detail"] == "said \"no\"");
  CHECK(told["title"].get<std::string>().size() > 0);
  CHECK(stage.problem({.verb = "DELETE", .target = "/items/a", .headers = "X-Reason: keep\r\n"},
                      http_status(ErrorKind::refused)) == "it is to be kept");
  CHECK(stage.problem({.target = "/items/none"}, 404) == "there is no item none");
  const auto crashed = stage.ask({.verb = "POST", .target = "/items/a/crash"});
  CHECK(crashed.status == 500);
  CHECK(json::parse(crashed.body)["kind"] == "failed");
}

TEST_CASE("a trace that a request belongs to is told with its errors") {
  Stage stage;
  const std::string trace = "0af7651916cd43dd8448eb211c80319c";
  const auto traced = [&](const std::string& parent) {
    return json::parse(stage.get("/nowhere", "traceparent: " + parent + "\r\n").body)["traceId"].get<std::string>();
  };

  CHECK(traced("00-" + trace + "-b7ad6b7169203331-01") == trace);
  CHECK(traced("01-" + trace + "-b7ad6b7169203331-01-more") == trace);
  for (const std::string bad : {"", "x", "00-00000000000000000000000000000000-b7ad6b7169203331-01",
                                "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                                "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
                                "00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}) {
    const auto made = traced(bad);
    CHECK(made.size() == 32);
    CHECK(made != trace);
  }
}

TEST_CASE("a rule lets those call whom it names, and tells others what is wanted") {
  Stage stage;
  const auto status = [&](const std::string& verb, const std::string& target, const std::string& who) {
    return stage.ask({.verb = verb, .target = target, .headers = who.empty() ? "" : as(who)}).status;
  };

  CHECK(stage.ask({.verb = "POST", .target = "/v2/diary", .body = R"({"line":"x"})", .headers = as("alice")}).status ==
        200);
  CHECK(status("POST", "/v2/diary", "") == 401);
  CHECK(status("GET", "/v2/diaries/alice", "alice") == 200);
  CHECK(status("GET", "/v2/diaries/alice", "bob") == 403);
  CHECK(status("GET", "/v2/diaries/alice", "bob:reader") == 200);
  CHECK(status("GET", "/v2/diaries/alice", "") == 401);
  CHECK(status("GET", "/v2/diaries", "bob") == 200);
  CHECK(status("DELETE", "/v2/diaries/alice", "alice") == 403);
  CHECK(status("DELETE", "/v2/diaries/alice", "root:admin") == 403);
  CHECK(status("DELETE", "/v2/diaries/alice", "root:clerk:diaries:burn") == 403);
  CHECK(status("DELETE", "/v2/diaries/alice", "root:clerk,admin:a,diaries:burn") == 204);
  CHECK(stage.problem({.target = "/v2/diaries/alice", .headers = as("bob")}, 403) ==
        "Diary.read is for its owner and those with the role: reader admin");
  const auto unknown = stage.get("/v2/diaries/alice");
  CHECK(unknown.headers.find("WWW-Authenticate") == "Bearer");
  CHECK(stage.problem({.target = "/items/a", .headers = "Authorization: Basic x\r\n"}, 401) == "the token is none");
}

TEST_CASE("who sends a request is known to the actor, and a request that is sent again under one key runs once") {
  Stage stage;
  const auto raise = [&](const std::string& key, const std::string& who) {
    return stage.json(
        {.verb = "POST", .target = "/items/a/raise/7", .headers = "Idempotency-Key: " + key + "\r\n" + as(who)},
        202)["cents"];
  };

  CHECK(stage.json({.target = "/mirror/me", .headers = as("alice:reader")})["name"] == "alice");
  CHECK(raise("k", "alice") == 7);
  CHECK(raise("k", "alice") == 7);
  CHECK(raise("k", "bob") == 14);  // another's key is another key
  CHECK(raise("l", "alice") == 21);
  CHECK(stage
            .problem({.verb = "POST",
                      .target = "/items/a/raise/7",
                      .headers = "Idempotency-Key: " + std::string(257, 'k') + "\r\n"},
                     400)
            .find("255") != std::string::npos);
}

TEST_CASE("what is read is tagged, and not sent again to whoever has it") {
  Stage stage;
  CHECK(stage.ask({.verb = "PUT", .target = "/items/a", .body = R"({"name":"Lamp"})"}).status == 204);

  const auto first = stage.get("/items/a");
  const std::string tag(*first.headers.find("ETag"));
  const auto second = stage.get("/items/a", "If-None-Match: " + tag + "\r\n");
  CHECK(stage.ask({.verb = "PUT", .target = "/items/a", .body = R"({"name":"Lamp 2"})"}).status == 204);
  const auto third = stage.get("/items/a", "If-None-Match: " + tag + "\r\n");
  const auto fourth = stage.get("/items/a", "If-Match: " + tag + "\r\n");

  CHECK(second.status == 304);
  CHECK(second.headers.find("ETag") == tag);
  CHECK(second.body == "");
  CHECK(third.status == 200);
  CHECK(fourth.status == 412);
}

TEST_CASE("pages of origins that are named may call, and of others may not") {
  gateway::GatewayOptions options;
  options.cors.origins = {"https://shop.example", "http://localhost:5173"};
  options.cors.credentials = true;
  Stage stage(options);
  const auto asked = [&](const std::string& origin, const std::string& verb = "GET", const std::string& more = "") {
    return stage.ask({.verb = verb, .target = "/mirror/special/x", .headers = "Origin: " + origin + "\r\n" + more});
  };

  const auto good = asked("https://shop.example");
  const auto bad = asked("https://evil.example");
  const auto ahead = asked("http://localhost:5173", "OPTIONS", "Access-Control-Request-Method: GET\r\n");

  CHECK(good.headers.find("Access-Control-Allow-Origin") == "https://shop.example");
  CHECK(good.headers.find("Access-Control-Allow-Credentials") == "true");
  CHECK(good.headers.find("Vary") == "Origin");
  CHECK_FALSE(bad.headers.has("Access-Control-Allow-Origin"));
  CHECK(bad.headers.find("Vary") == "Origin");
  CHECK(ahead.status == 204);
  CHECK(ahead.headers.find("Access-Control-Allow-Methods") == "GET, HEAD, OPTIONS");
  CHECK(ahead.headers.find("Access-Control-Max-Age") == "600");
}

TEST_CASE("the gateway tells how its node is, serves files where no route is, and drains") {
  testing::ScratchDirectory pages;
  std::ofstream(pages / "index.html") << "<p>hello";
  gateway::GatewayOptions options;
  options.files = pages.path();
  Stage stage(options);

  CHECK(stage.get("/healthz").status == 200);
  CHECK(stage.get("/readyz").status == 200);
  CHECK(stage.get("/").body == "<p>hello");
  CHECK(stage.problem({.target = "/missing.html"}, 404) == "there is nothing at /missing.html");
  CHECK(stage.problem({.target = "/items/none"}, 404) == "there is no item none");
  CHECK(stage.gateway().drain(std::chrono::seconds(10)));
  stage.gateway().stop();
  stage.gateway().stop();
}

TEST_CASE("a gateway that cannot be is refused, and says why") {
  testing::ScratchDirectory directory;
  Node node({.name = "n", .data_dir = directory / "data", .admin = false});
  host_bazaar(node);
  node.start();
  const auto refused = [&](gateway::GatewayOptions options, const std::string& why) {
    gateway::Gateway gateway(node, std::move(options));
    try {
      gateway.offer<Item>();
      gateway.start();
      FAIL("it started");
    } catch (const Error& error) {
      CHECK_MESSAGE(error.message().find(why) != std::string::npos, error.message());
    }
  };

  refused({.cors = {.origins = {"*"}, .credentials = true}}, "name the origins");
  refused({.cors = {.origins = {"shop.example"}}}, "an origin is a scheme, a host");
  refused({.cors = {.origins = {"https://a/b"}}}, "an origin is a scheme, a host");
  refused({.cors = {.max_age = std::chrono::seconds(-1)}}, "max_age");
  refused({.files = "/nowhere/at/all"}, "/nowhere/at/all");
  refused({.docs = "/nowhere/at/all"}, "/nowhere/at/all");
  refused({.timeout = std::chrono::milliseconds(-1)}, "timeout");
  refused({.server = {.threads = 0}}, "threads");
  gateway::Gateway gateway(node, {});
  gateway.offer<Item>();
  CHECK_THROWS_WITH_AS(gateway.offer<Item>(), doctest::Contains("is offered twice"), Error);
  CHECK_THROWS_AS((void)gateway.port(), Error);
  CHECK(gateway.drain(std::chrono::milliseconds(0)));
  gateway.start();
  CHECK_THROWS_WITH_AS(gateway.start(), doctest::Contains("started before"), Error);
  CHECK_THROWS_WITH_AS(gateway.offer<Mirror>(), doctest::Contains("after start()"), Error);
}
