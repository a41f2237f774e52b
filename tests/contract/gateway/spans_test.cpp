// The gateway's spans: what a request was, and what it led to.
#include "stage.h"
#include "troupe/testing.h"

using namespace troupe;
using namespace troupe::bazaar;
using nlohmann::json;

namespace {

const std::string kTraceDigits = "0af7651916cd43dd8448eb211c80319c";

std::string parent_with(const std::string& flags) {
  return "traceparent: 00-" + kTraceDigits + "-b7ad6b7169203331-" + flags + "\r\n";
}

// The span of that kind that has the attribute; null while there is none.
json span_with(Stage& stage, const std::string& kind, const std::string& attribute) {
  const auto [status, body] = stage.node().admin("GET", "/traces/" + kTraceDigits, "");
  REQUIRE(status == 200);
  const auto told = json::parse(body);
  for (const auto& span : told["spans"])
    if (span["kind"] == kind && span["attributes"].contains(attribute)) return span;
  return nullptr;
}

json wait_for_edge(Stage& stage) {
  json edge;
  REQUIRE(testing::eventually([&] {
    edge = span_with(stage, "server", "http.response.status_code");
    return !edge.is_null();
  }));
  return edge;
}

}  // namespace

TEST_CASE("a request of a sampled trace has a span at the edge, and the call that it becomes is below that") {
  Stage stage;

  (void)stage.get("/items/none", parent_with("01"));

  const auto edge = wait_for_edge(stage);
  CHECK(edge["name"] == "GET");
  CHECK(edge["parent"] == "b7ad6b7169203331");
  CHECK(edge["attributes"]["http.response.status_code"] == 404);
  CHECK(edge["attributes"]["http.route"].get<std::string>().find("/items/{") == 0);
  CHECK(edge["status"] == "unset");
  json call;
  REQUIRE(testing::eventually([&] {
    call = span_with(stage, "client", "rpc.method");
    return !call.is_null();
  }));
  CHECK(call["parent"] == edge["span"]);
}

TEST_CASE("a request that the server could not answer is kept, though its trace is not recorded") {
  Stage stage;

  (void)stage.get("/items/none", parent_with("00"));
  (void)stage.ask({.verb = "POST", .target = "/items/a/crash", .headers = parent_with("00")});

  const auto edge = wait_for_edge(stage);
  CHECK(edge["attributes"]["http.response.status_code"] == 500);
  CHECK(edge["attributes"]["troupe.kept"] == "error");
  CHECK(edge["status"] == "error");
}
