// Every route of the shop, tried by everybody whom its rule could tell apart.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <memory>

#include "actors.h"
#include "edge/shop_gateway.h"
#include "support/access_matrix.h"
#include "support/scratch_directory.h"
#include "unit/http/raw_client.h"

namespace {

using namespace std::chrono_literals;

// Takes the request at its word.
troupe::Result<troupe::Caller> caller_told(const troupe::http::Request& request) {
  const auto told = [&](const char* name) { return std::string(request.headers.find(name).value_or("")); };
  return troupe::Caller{.name = told("X-Name"), .roles = told("X-Roles"), .scopes = told("X-Scopes")};
}

std::string request_of(const troupe::testing::Attempt& attempt) {
  const std::string verb = attempt.method->route->verb;
  const std::string body = verb == "GET" || verb == "DELETE" ? "" : "{}";
  std::string text = fmt::format("{} {} HTTP/1.1\r\nHost: shop\r\n", verb, attempt.target);
  if (attempt.caller.known())
    text += fmt::format("X-Name: {}\r\nX-Roles: {}\r\nX-Scopes: {}\r\n", attempt.caller.name, attempt.caller.roles,
                        attempt.caller.scopes);
  if (!body.empty()) text += fmt::format("Content-Type: application/json\r\nContent-Length: {}\r\n", body.size());
  return text + "\r\n" + body;
}

}  // namespace

TEST_CASE("every route of the shop is open to those its rule names, and to nobody else") {
  const troupe::testing::ScratchDirectory directory;
  troupe::Node node({.name = "shop", .data_dir = directory / "data", .threads = 2, .admin = false});
  demo::host_shop(node);
  node.start();
  demo::prepare_shop(node, 30s);
  troupe::gateway::Gateway gateway(node, {.authenticate = caller_told});
  const auto services = demo::offered_services();
  for (const auto* service : services) gateway.offer(*service);
  gateway.start();
  auto client = std::make_unique<troupe::http::RawClient>(gateway.port());
  std::size_t let_in = 0, kept_out = 0;

  for (const auto& attempt : troupe::testing::access_matrix(services)) {
    client->send(request_of(attempt));
    const auto answer = client->try_answer(false);
    REQUIRE(answer.has_value());
    if (answer->headers.find("Connection") == "close")
      client = std::make_unique<troupe::http::RawClient>(gateway.port());
    INFO(attempt.method->route->verb << " " << attempt.target << " by '" << attempt.caller.name << "' of roles '"
                                     << attempt.caller.roles << "': " << answer->status << " " << answer->body);
    if (attempt.may) {
      CHECK(answer->status != 401);
      CHECK(answer->status != 403);
    } else {
      CHECK(answer->status == (attempt.caller.known() ? 403 : 401));
    }
    ++(attempt.may ? let_in : kept_out);
  }

  CHECK(let_in > 100);
  CHECK(kept_out > 100);
}
