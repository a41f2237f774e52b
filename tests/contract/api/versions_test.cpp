// Two versions of an API side by side.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "gateway/gateway.h"
#include "support/scratch_directory.h"
#include "unit/http/raw_client.h"
#include "wares.h"

using namespace troupe;
using nlohmann::json;

TEST_CASE("two versions of a schema are offered side by side, and the older one says until when") {
  testing::ScratchDirectory directory;
  Node node({.name = "n", .data_dir = directory / "data", .admin = false});
  wares::host_wares(node);
  node.start();
  gateway::GatewayOptions options;
  options.authenticate = [](const http::Request&) { return Result<Caller>(Caller{"carl", "clerk", ""}); };
  gateway::Gateway gateway(node, options);
  gateway.offer<wares::WareFirst>().offer<wares::Ware>();
  gateway.start();
  http::RawClient client(gateway.port());
  const auto ask = [&](const std::string& start, const std::string& body = "") {
    client.send(start + " HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: " +
                std::to_string(body.size()) + "\r\n\r\n" + body);
    return client.answer();
  };

  CHECK(ask("PUT /v2/wares/lamp", R"({"name":"Lamp","price":{"cents":1250}})").status == 204);
  const auto first = ask("GET /v1/wares/lamp");
  const auto second = ask("GET /v2/wares/lamp");
  const json told = json::parse(ask("GET /openapi.json").body);

  CHECK(json::parse(first.body) == json{{"name", "Lamp"}, {"price", 12}});
  CHECK(first.headers.find("Deprecation") == "@1793491200");
  CHECK(first.headers.find("Sunset") == "Sat, 01 May 2027 00:00:00 GMT");
  CHECK(json::parse(second.body) == json{{"name", "Lamp"}, {"price", {{"cents", 1250}, {"currency", "EUR"}}}});
  CHECK_FALSE(second.headers.has("Deprecation"));
  CHECK_FALSE(second.headers.has("Sunset"));
  CHECK(ask("GET /v1/wares/none").status == 404);
  CHECK(ask("PUT /v1/wares/lamp").status == 405);
  CHECK(ask("GET /wares/lamp").status == 404);
  CHECK(told["paths"]["/v1/wares/{sku}"]["get"]["deprecated"] == true);
  CHECK_FALSE(told["paths"]["/v2/wares/{sku}"]["get"].contains("deprecated"));
}
