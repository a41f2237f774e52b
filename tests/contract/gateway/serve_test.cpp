// What a host answers itself, beside the routes of its schemas.
#include <stdexcept>

#include "stage.h"
#include "unit/http/stage.h"

using namespace troupe;
using namespace troupe::bazaar;
using nlohmann::json;

namespace {

// Says what it was called with.
void tell(http::Request request, http::Responder&& responder, gateway::Visit visit) {
  const json told = {{"verb", request.method},
                     {"body", request.body},
                     {"asks", visit.asks.name},
                     {"names", visit.names},
                     {"trace", visit.trace_id}};
  responder.answer({.status = 201, .headers = {{"Content-Type", "application/json"}}, .body = told.dump()});
}

void never(http::Request, http::Responder&&, gateway::Visit) { FAIL("nobody may come here"); }

std::string refusal(gateway::Gateway& gateway, std::string_view verb, std::string_view path,
                    gateway::Serve handler = never) {
  try {
    gateway.serve(verb, path, std::move(handler));
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::invalid);
    return error.message();
  }
  return "";
}

}  // namespace

TEST_CASE("a host answers verbs and paths of its own, and knows who asks and what the path names") {
  Stage stage({}, {.offer = [](gateway::Gateway& gateway) {
                gateway.serve("POST", "/pictures/{sku}/{place}", tell).serve("GET", "/pictures/newest/{place}", tell);
              }});
  const std::string alice = "Authorization: Bearer alice\r\n";

  const auto named = stage.json(
      {.verb = "POST", .target = "/pictures/a%2Fb/2?x=1", .body = "PNG", .headers = alice, .type = "image/png"}, 201);

  CHECK(named["body"] == "PNG");
  CHECK(named["asks"] == "alice");
  CHECK(named["names"] == json{{"sku", "a/b"}, {"place", "2"}});
  CHECK(named["trace"].get<std::string>().size() == 32);
  const auto literal = stage.json({.target = "/pictures/newest/3"}, 201);
  CHECK(literal["names"] == json{{"place", "3"}});
  CHECK(literal["asks"] == "");
  const auto head = stage.ask({.verb = "HEAD", .target = "/pictures/newest/3"});
  CHECK(head.status == 201);
  CHECK(head.body == "");

  CHECK(stage.ask({.verb = "PUT", .target = "/pictures/newest/3"}).headers.find("Allow") == "GET, HEAD, OPTIONS");
  CHECK(stage.ask({.verb = "OPTIONS", .target = "/pictures/a/b"}).headers.find("Allow") == "POST, OPTIONS");
  CHECK(stage.get("/pictures/newest").status == 404);
  CHECK(stage.ask({.verb = "POST", .target = "/pictures//b", .body = "x"}).status == 404);
  CHECK(stage.problem({.target = "/pictures/newest/3", .headers = "Authorization: Basic YTpi\r\n"}, 401) ==
        "the token is none");
}

TEST_CASE("what a host serves is refused at the call when its path is taken or cannot be") {
  Stage stage({}, {.offer = [](gateway::Gateway& gateway) {
                gateway.serve("GET", "/mine/{one}", never);

                CHECK(refusal(gateway, "GET", "/mine/{other}").find("/mine/{one}") != std::string::npos);
                CHECK(refusal(gateway, "GET", "/items/{code}").find("Item.view") != std::string::npos);
                for (const char* own : {"/healthz", "/readyz", "/openapi.json"})
                  CHECK(refusal(gateway, "GET", own).find("the gateway's own") != std::string::npos);
                for (const char* verb : {"", "get", "HEAD", "OPTIONS", "TRACE", "CONNECT", "BREW"})
                  CHECK(refusal(gateway, verb, "/x").find("the verb") != std::string::npos);
                for (const char* path : {"", "x", "/a//b", "/./a", "/a/..", "/a?b", "/a#b", "/a%20b", "/a b", "/{}",
                                         "/{a}b", "/a{b}", "/{a", "/a}", "/{a}/{a}", "/a\\b", "/a\nb"})
                  CHECK_MESSAGE(refusal(gateway, "GET", path) != "", path);
                CHECK(refusal(gateway, "GET", "/empty", nullptr).find("an empty function") != std::string::npos);

                CHECK(refusal(gateway, "POST", "/mine/{other}") == "");
                CHECK(refusal(gateway, "POST", "/healthz") == "");
                CHECK(refusal(gateway, "GET", "/") == "");
                CHECK(refusal(gateway, "GET", "/folder/") == "");
                CHECK(refusal(gateway, "GET", "/{all}/\xc3\xa9") == "");
              }});
  CHECK(refusal(stage.gateway(), "GET", "/late").find("after start()") != std::string::npos);
}

TEST_CASE("a handler of the host's that throws, or never answers, is answered for, as it says if it says so") {
  http::Box<std::string> said;
  gateway::GatewayOptions options;
  options.server.log = [&](const LogLine& line) { said.put(std::string(line.message)); };
  Stage stage(options, {.offer = [](gateway::Gateway& gateway) {
                gateway.serve("GET", "/errs", [](http::Request, http::Responder&&, gateway::Visit) {
                  throw Error(ErrorKind::not_found, "nobody_there", "there is nobody");
                });
                gateway.serve("GET", "/breaks", [](http::Request, http::Responder&&, gateway::Visit) {
                  throw std::runtime_error("the password is 7");
                });
                gateway.serve("GET", "/odd", [](http::Request, http::Responder&&, gateway::Visit) { throw 7; });
                gateway.serve("GET", "/takes", [](http::Request, http::Responder&& responder, gateway::Visit) {
                  const http::Responder taken = std::move(responder);
                  throw Error(ErrorKind::not_found, "there is nobody");
                });
                gateway.serve("GET", "/forgets", [](http::Request, http::Responder&&, gateway::Visit) {});
                gateway.serve("GET", "/injects", [](http::Request, http::Responder&& responder, gateway::Visit) {
                  responder.answer({.headers = {{"X-Mark", "a\r\nSet-Cookie: b"}}});
                });
              }});

  CHECK(stage.problem({.target = "/errs"}, 404) == "there is nobody");
  CHECK(stage.problem({.target = "/breaks"}, 500) == "the request could not be answered");
  CHECK(said.take().find("the password is 7") != std::string::npos);
  CHECK(stage.problem({.target = "/odd"}, 500) == "the request could not be answered");
  for (const char* path : {"/takes", "/forgets", "/injects"}) {
    const auto answer = stage.get(path);
    CHECK(answer.status == 500);
    CHECK(answer.headers.find("Content-Type") == "application/problem+json");
    CHECK_FALSE(answer.headers.has("Set-Cookie"));
  }
}

TEST_CASE("what a host answers has the fields for other origins and for security, on streams and errors too") {
  gateway::GatewayOptions options;
  options.cors = {.origins = {"https://shop.example"}, .credentials = true};
  Stage stage(
      options, {.offer = [](gateway::Gateway& gateway) {
        gateway.serve("GET", "/told", tell);
        gateway.serve("GET", "/streamed", [](http::Request, http::Responder&& responder, gateway::Visit) {
          auto stream = responder.stream({.headers = {{"Content-Type", "text/event-stream"}, {"Vary", "Accept"}}});
          stream.send("data: 1\n\n");
        });
        gateway.serve("GET", "/forgets", [](http::Request, http::Responder&&, gateway::Visit) {});
        gateway.serve("GET", "/own", [](http::Request, http::Responder&& responder, gateway::Visit) {
          responder.answer({.headers = {{"Access-Control-Allow-Origin", "null"}, {"X-Frame-Options", "SAMEORIGIN"}}});
        });
      }});

  for (const char* path : {"/told", "/streamed", "/forgets", "/items/none", "/healthz", "/nowhere"}) {
    INFO(path);
    const auto answer = stage.get(path, "Origin: https://shop.example\r\n");
    CHECK(answer.headers.find("Access-Control-Allow-Origin") == "https://shop.example");
    CHECK(answer.headers.find("Access-Control-Allow-Credentials") == "true");
    CHECK(answer.headers.joined("Vary").find("Origin") != std::string::npos);
    CHECK(answer.headers.find("X-Content-Type-Options") == "nosniff");
    CHECK(answer.headers.find("X-Frame-Options") == "DENY");
    CHECK_FALSE(stage.get(path, "Origin: https://else.example\r\n").headers.has("Access-Control-Allow-Origin"));
  }
  CHECK(stage.get("/streamed").headers.joined("Vary") == "Accept, Origin");
  const auto own = stage.get("/own", "Origin: https://shop.example\r\n");
  CHECK(own.headers.joined("Access-Control-Allow-Origin") == "null");
  CHECK(own.headers.joined("X-Frame-Options") == "SAMEORIGIN");
}

TEST_CASE("a host may serve those who say who they are by other means than the gateway's") {
  Stage stage({}, {.offer = [](gateway::Gateway& gateway) {
                gateway.serve("POST", "/token", tell, gateway::Identity::unasked);
              }});

  const auto told =
      stage.json({.verb = "POST", .target = "/token", .body = "x", .headers = "Authorization: Basic YTpi\r\n"}, 201);
  CHECK(told["asks"] == "");
}
