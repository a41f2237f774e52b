// Acts of administration are told to whoever wants to know.
#include <atomic>

#include "stage.h"
#include "unit/http/stage.h"

using namespace troupe;
using namespace troupe::bazaar;

namespace {

std::string by(const std::string& who) { return "Authorization: Bearer " + who + "\r\n"; }

}  // namespace

TEST_CASE("an act that a role allowed is told once, with who did what to whom and what came of it") {
  http::Box<gateway::AdminAct> acts;
  gateway::GatewayOptions options;
  options.audit.acted = [&](gateway::AdminAct act) { acts.put(std::move(act)); };
  Stage stage(options);
  const std::string trace = "0af7651916cd43dd8448eb211c80319c";
  const auto before = std::chrono::system_clock::now();

  const auto burnt = stage.ask(
      {.verb = "DELETE",
       .target = "/v2/diaries/bob",
       .headers = by("root:clerk,admin:diaries:burn") + "traceparent: 00-" + trace + "-b7ad6b7169203331-01\r\n"});
  CHECK(burnt.status == 204);
  const auto act = acts.take();
  CHECK(act.who.name == "root");
  CHECK(act.who.roles == "clerk admin");
  CHECK(act.service == "Diary");
  CHECK(act.method == "burn");
  CHECK(act.key == "bob");
  CHECK(act.outcome == "ok");
  CHECK(act.status == 204);
  CHECK(act.trace_id == trace);
  CHECK(act.address == "127.0.0.1");
  CHECK(act.at >= before);

  // What needs no role, what only reads, who may not, and what was not called: no acts.
  CHECK(stage.ask({.verb = "POST", .target = "/items/a/raise/1", .headers = by("root:admin")}).status == 202);
  CHECK(stage.get("/v2/diaries/bob", by("root:admin")).status == 200);
  CHECK(stage.ask({.verb = "DELETE", .target = "/v2/diaries/bob", .headers = by("bob")}).status == 403);
  CHECK(
      stage.ask({.verb = "DELETE", .target = "/v2/diaries/bob?x=1", .headers = by("root:admin:diaries:burn")}).status ==
      400);
  CHECK(acts.size() == 1);
}

TEST_CASE("an act is told with the error that it ended with, and its own actor's owner does none") {
  http::Box<gateway::AdminAct> acts;
  gateway::GatewayOptions options;
  options.audit.acted = [&](gateway::AdminAct act) { acts.put(std::move(act)); };
  Stage stage(options);

  CHECK(
      stage.ask({.verb = "PUT", .target = "/v2/diaries/ann", .body = R"({"line":"x"})", .headers = by("ann")}).status ==
      204);
  CHECK(
      stage.ask({.verb = "PUT", .target = "/v2/diaries/ann", .body = R"({"line":"full"})", .headers = by("root:admin")})
          .status == http_status(ErrorKind::refused));
  const auto act = acts.take();
  CHECK(act.who.name == "root");
  CHECK(act.method == "amend");
  CHECK(act.outcome == "refused");
  CHECK(act.code == "full");
  CHECK(acts.size() == 1);
}

TEST_CASE("while acts cannot be told none is done, and one that throws harms nobody") {
  std::atomic<bool> ready{false};
  std::atomic<int> told{0};
  gateway::GatewayOptions options;
  options.audit.ready = [&] { return ready.load(); };
  options.audit.acted = [&](const gateway::AdminAct&) {
    if (++told == 1) throw std::runtime_error("a bug");
    throw 7;
  };
  Stage stage(options);
  const auto burn = [&] {
    return stage.ask({.verb = "DELETE", .target = "/v2/diaries/bob", .headers = by("root:admin:diaries:burn")});
  };

  const auto refused = burn();
  CHECK(refused.status == 503);
  CHECK(refused.headers.has("Retry-After"));
  CHECK(told == 0);
  CHECK(stage.get("/v2/diaries/bob", by("root:admin")).status == 200);
  ready = true;
  CHECK(burn().status == 204);
  CHECK(burn().status == 204);
  CHECK(told == 2);
  options.audit.acted = {};
  CHECK_THROWS_AS(Stage{options}, Error);
}
