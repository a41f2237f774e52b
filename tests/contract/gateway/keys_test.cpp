// Idempotency-Key: what is sent again, what is another request under the same key, and what is no key.
#include "gallery.h"
#include "gateway/idempotency_key.h"

using namespace troupe;
using namespace troupe::bazaar;
using nlohmann::json;

namespace {

std::string key(const std::string& text) { return "Idempotency-Key: " + text + "\r\n"; }

Stage::Sent tip(int cents, const std::string& headers, const std::string& till = "a") {
  return {
      .verb = "POST", .target = "/tills/" + till + "/tip", .body = json{{"cents", cents}}.dump(), .headers = headers};
}

}  // namespace

TEST_CASE("a key that was used for one request is refused for another, whatever is other") {
  Stage stage({}, gallery());
  auto pay = tip(5, key("k"));
  pay.target = "/tills/a/pay";

  CHECK(stage.json(tip(5, key("k")))["times"] == 1);
  CHECK(stage.json(tip(5, key("k")))["times"] == 1);
  CHECK(stage.problem(tip(6, key("k")), 422) ==
        "this Idempotency-Key was used for another request; a new request needs a new key");
  (void)stage.problem(tip(5, key("k"), "b"), 422);
  (void)stage.problem(pay, 422);
  CHECK(stage.json(tip(5, key("k")))["times"] == 1);
  CHECK(stage.json(tip(6, key("k2")))["times"] == 2);

  auto noted = [&](const std::string& note) {
    auto out = tip(5, key("noted") + "X-Note: " + note + "\r\n");
    out.target = "/tills/a/pay";
    return out;
  };
  CHECK(stage.json(noted("x"))["times"] == 3);
  CHECK(stage.json(noted("x"))["times"] == 3);
  (void)stage.problem(noted("y"), 422);
}

TEST_CASE("a key is its caller's, and another gateway of the cluster knows what it was used for") {
  Stage stage({}, gallery());
  gateway::Gateway other(stage.node(), {.authenticate = believe});
  other.offer<Till>().start();
  http::RawClient client(other.port());
  const auto elsewhere = [&](const std::string& body, const std::string& who) {
    return client
        .ask(http::post("/tills/a/tip", body,
                        key("k") + "Content-Type: application/json\r\nAuthorization: Bearer " + who + "\r\n"))
        .status;
  };

  CHECK(stage.json(tip(5, key("k") + "Authorization: Bearer alice\r\n"))["times"] == 1);

  CHECK(elsewhere(R"({"cents":6})", "alice") == 422);
  CHECK(elsewhere(R"({"cents":5})", "alice") == 200);
  CHECK(elsewhere(R"({"cents":6})", "bob") == 200);
  CHECK(stage.json(tip(5, key("k") + "Authorization: Bearer alice\r\n"))["times"] == 1);
  CHECK(stage.json(tip(7, key("k")))["times"] == 3);  // who is not known is somebody else
}

TEST_CASE("a request whose first still runs is told so, and once that has ended gets its answer") {
  const auto gate = std::make_shared<Gate>();
  Stage stage({}, gallery(gate));
  http::RawClient first(stage.gateway().port());
  const Stage::Sent again{.verb = "POST", .target = "/tills/a/wait", .headers = key("k")};
  first.send(http::post("/tills/a/wait", "", key("k")));
  gate->await_visitor();

  const auto refused = stage.ask(again);
  gate->open();
  const auto answer = first.answer();

  CHECK(refused.status == 409);
  CHECK(refused.headers.find("Content-Type") == "application/problem+json");
  CHECK(refused.headers.find("Retry-After") == "1");
  CHECK(answer.status == 200);
  CHECK(json::parse(answer.body)["times"] == 1);
  CHECK(stage.json(again)["times"] == 1);
}

TEST_CASE("a request that was refused or could not be read uses no key up for the same request later") {
  Stage stage({}, gallery());
  auto bad = tip(5, key("k"));
  bad.body = R"({"cents":"many"})";

  CHECK(stage.ask(bad).status == 400);
  CHECK(stage.json(tip(5, key("k")))["times"] == 1);
  const Stage::Sent keep{.verb = "DELETE", .target = "/items/a", .headers = "X-Reason: keep\r\n" + key("refused")};
  CHECK(stage.ask(keep).status == http_status(ErrorKind::refused));
  CHECK(stage.ask(keep).status == http_status(ErrorKind::refused));
}

TEST_CASE("a key that is none is refused, and so is a request without one where one is wanted") {
  Stage stage({}, gallery());
  const std::string longest(gateway::kMaxIdempotencyKeyBytes, 'x');

  for (const std::string& bad :
       {std::string(), std::string("\"\""), std::string("\"open"), std::string("\"a\"b"), std::string("\"a\\x\""),
        std::string("\xc3\xa9"), std::string("tab\there"), longest + "x"}) {
    INFO(bad);
    CHECK(stage.problem(tip(1, key(bad)), 400).starts_with("the header Idempotency-Key "));
  }
  CHECK(stage.problem(tip(1, key("a") + key("a")), 400).starts_with("the header Idempotency-Key is given twice"));
  auto pay = tip(1, "");
  pay.target = "/tills/a/pay";
  CHECK(stage.problem(pay, 400) ==
        "Till.pay wants the header Idempotency-Key, so that it runs once however often it is sent");
  CHECK(stage.json(tip(1, key(longest)))["times"] == 1);
  CHECK(stage.json(tip(1, key("\"" + longest + "\"")))["times"] == 1);
  CHECK(stage.json(tip(1, key(R"("a\"b\\")")))["times"] == 2);
  CHECK(stage.json(tip(1, key(R"(a"b\)")))["times"] == 2);
  CHECK(stage.get("/items/none", key("")).status == 404);  // a GET has none
}

TEST_CASE("a gateway that is told not to look remembers no requests, and an actor its answers still") {
  gateway::GatewayOptions options;
  options.keys_kept = std::chrono::milliseconds(0);
  Stage stage(options, gallery());

  CHECK(stage.json(tip(5, key("k")))["times"] == 1);
  CHECK(stage.json(tip(6, key("k")))["times"] == 1);
}
