// The admin API over a source made by hand: what each request gives, and what a wrong one is told.
#include "observe/admin_api.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "asking.h"
#include "fake_source.h"

namespace troupe::observe {
namespace {

using nlohmann::json;

Asked get(std::string_view target) {
  FakeSource source;
  return ask(source, "GET", target);
}

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

TEST_CASE("a node tells its name, its members and its store, and its incarnation without losing digits") {
  const auto node = get("/node");

  CHECK(node.status == 200);
  CHECK(node.body["name"] == "shop-1");
  CHECK(node.body["incarnation"] == "18446744073709551615");
  CHECK(node.body["members"][1]["up"] == false);
  CHECK(node.body["store"].is_object());
}

TEST_CASE("the tree tells what the node supervises, with what each child has to say, or null") {
  CHECK(get("/tree").body["supervision"].is_null());
  FakeSource source;
  ChildView feed{.id = "feed", .kind = "actor", .what = "Feed/main", .status = "restarting", .restart = "permanent"};
  feed.again_ms = 40;
  ChildView away{.id = "away", .kind = "actor", .what = "Feed/eu", .status = "elsewhere"};
  away.node = "shop-2";
  ChildView carts{.id = "carts", .kind = "service", .what = "Cart", .status = "running"};
  carts.live = 12;
  source.supervised =
      ChildView{.kind = "supervisor", .what = "one_for_all", .status = "running", .auto_shutdown = "never"};
  source.supervised->children = {feed, away, carts};

  const auto tree = ask(source, "GET", "/tree").body["supervision"];

  CHECK(tree["what"] == "one_for_all");
  CHECK(tree["autoShutdown"] == "never");
  CHECK_FALSE(tree.contains("restart"));
  CHECK(tree["children"][0]["againMs"] == 40);
  CHECK_FALSE(tree["children"][0].contains("node"));
  CHECK(tree["children"][1]["node"] == "shop-2");
  CHECK(tree["children"][2]["live"] == 12);
}

TEST_CASE("the graph of calls tells who calls whom, how often, how it ended and how long it took") {
  const auto graph = get("/graph").body;

  CHECK(graph["node"] == "shop-1");
  CHECK(graph["uptimeMs"] == 60'000);
  const auto edge = graph["edges"][0];
  CHECK(edge["caller"] == "Order");
  CHECK(edge["service"] == "Stock");
  CHECK(edge["place"] == "remote");
  CHECK(edge["calls"] == 5);
  CHECK(edge["errors"]["refused"] == 2);
  CHECK(edge["latency"]["meanUs"] == 1'000);
  CHECK(edge["latency"]["p99Us"] > 800);
  CHECK(graph["methods"][0]["turns"]["answered"] == 3);
  CHECK(graph["methods"][0]["ran"]["count"] == 0);
}

TEST_CASE("links, services, tree and metrics each have their path") {
  CHECK(get("/links").body["links"][0]["lastError"] == "refused");
  CHECK(get("/services").body["services"][0]["methods"][0]["params"] == "(order :Text)");
  CHECK(get("/tree").body["supervisors"][0]["name"] == "Stock");
  const auto metrics = get("/metrics").body["metrics"];
  CHECK(metrics[0]["value"] == 12);
  CHECK(metrics[0]["labels"].empty());
  CHECK(metrics[1]["labels"]["to"] == "Stock");
  CHECK(metrics[2]["count"] == 3);
  CHECK(metrics[2]["buckets"][1]["count"] == 2);
  CHECK(!metrics[2].contains("value"));
}

TEST_CASE("health and slow turns each have their path, and say what they know") {
  const auto health = get("/health");
  const auto turns = get("/turns");

  CHECK(health.body["healthy"] == false);
  CHECK(health.body["faults"][0]["name"] == "commits_stuck");
  CHECK(health.body["workers"] == 2);
  CHECK(health.body["blocked"][0]["actor"] == "Stock/sku-1");
  CHECK(health.body["blocked"][0]["heldMs"] == 6000);
  CHECK(turns.body["slowTurnMs"] == 1000);
  CHECK(turns.body["turns"][0]["at"] == "awaits Account/a.charge, called 1400 ms ago");
}

TEST_CASE("a part of the supervision tree is started again by its way from the top") {
  FakeSource source;

  const auto restarted = ask(source, "POST", "/tree/restart?id=workers%2Fw1");

  CHECK(restarted.status == 200);
  CHECK(restarted.body["restarted"] == "workers/w1");
  CHECK(source.restarted == "workers/w1");
  CHECK(ask(source, "POST", "/tree/restart?id=none").status == 404);
  CHECK(ask(source, "POST", "/tree/restart").status == 400);
  CHECK(ask(source, "GET", "/tree/restart?id=a").status == 405);
}

TEST_CASE("a listing passes filter, prefix, cursor and limit on, and gives the next cursor") {
  FakeSource source;

  const auto page = ask(source, "GET", "/actors?service=Stock&prefix=sku%2F&after=a%20b&limit=7");

  CHECK(page.status == 200);
  CHECK(page.body["next"] == "more");
  CHECK(page.body["actors"][0]["key"] == "sku-1");
  CHECK(source.listed.prefix == "sku/");
  CHECK(source.listed.after == "a b");
  CHECK(source.listed.limit == 7);
}

TEST_CASE("a limit that is no number, or out of range, is refused") {
  for (const char* limit : {"0", "1001", "x", "", "-1", "1x", "99999999999999999999"}) {
    const auto refused = get(std::string("/actors?limit=") + limit);
    CHECK(refused.status == 400);
    CHECK(contains(refused.message(), "from 1 to 1000"));
  }
}

TEST_CASE("a misspelt parameter is refused, not ignored") {
  CHECK(get("/actors?servise=Stock").message() ==
        "unknown parameter 'servise'; this path takes: service, prefix, after, limit");
  CHECK(contains(get("/node?x=1").message(), "this path takes none"));
}

TEST_CASE("an actor is inspected and its state is shown, or null where there is none") {
  CHECK(get("/actors/Stock/sku-1").body["turns"][0]["waiting"] == true);
  CHECK(get("/actors/Stock/sku-1/state").body["state"]["onHand"] == 5);
  CHECK(get("/actors/Stock/new/state").body["state"].is_null());
}

TEST_CASE("a key with a slash is written %2F") {
  CHECK(get("/actors/Stock/a%2Fb").body["actor"] == "Stock/a/b");
  CHECK(contains(get("/actors/Stock/a/b").message(), "A slash in a key is written %2F"));
}

TEST_CASE("an actor of another node is told apart, with the node to ask") {
  const auto elsewhere = get("/actors/Stock/far");

  CHECK(elsewhere.status == 421);
  CHECK(elsewhere.body["owner"] == "shop-2");
  CHECK(contains(elsewhere.message(), "lives on node 'shop-2'"));
}

TEST_CASE("an unknown service is 404 and names the known ones") {
  const auto unknown = get("/actors/Stok/sku-1");

  CHECK(unknown.status == 404);
  CHECK(unknown.kind() == "not_found");
  CHECK(contains(unknown.message(), "there are: Stock"));
}

TEST_CASE("a call passes parameters and timeout on and gives the results") {
  FakeSource source;

  const auto done = ask(source, "POST", "/actors/Stock/far/call/reserve?timeout_ms=250", R"({"order":"o-1"})");

  CHECK(done.status == 200);
  CHECK(done.body["results"]["reserved"] == 2);
  CHECK(source.called.key == "far");
  CHECK(source.called.json == R"({"order":"o-1"})");
  CHECK(source.called.timeout == std::chrono::milliseconds(250));
}

TEST_CASE("a refusal carries its code, an unknown outcome says that the call may have run") {
  FakeSource source;

  const auto refused = ask(source, "POST", "/actors/Stock/sku-1/call/refuse");
  const auto lost = ask(source, "POST", "/actors/Stock/sku-1/call/lose");

  CHECK(refused.status == http_status(ErrorKind::refused));
  CHECK(refused.body["error"]["code"] == "out_of_stock");
  CHECK(refused.body["error"]["mayHaveRun"] == false);
  CHECK(lost.body["error"]["mayHaveRun"] == true);
}

TEST_CASE("an exception of the source is an answer, not the end of the node") {
  FakeSource source;

  const auto failed = ask(source, "POST", "/actors/Stock/sku-1/call/crash");

  CHECK(failed.status == 500);
  CHECK(contains(failed.message(), "boom"));
}

TEST_CASE("a backup is asked for with the absolute path it goes to") {
  FakeSource source;

  const auto made = ask(source, "POST", "/store/backup?to=%2Fbackups%2Fmonday");

  CHECK(made.status == 200);
  CHECK(made.body["records"] == 40);
  CHECK(ask(source, "POST", "/store/backup?to=monday").status == 400);
  CHECK(ask(source, "POST", "/store/backup").status == 400);
  CHECK(ask(source, "POST", "/store/backup?from=%2Fa").status == 400);
  CHECK(ask(source, "POST", "/store/backup?to=%2Ffull").status == 503);
  CHECK(ask(source, "GET", "/store/backup?to=%2Fa").status == 405);
}

TEST_CASE("a wrong method is 405 and an unknown path 404, with what there is") {
  FakeSource source;

  CHECK(ask(source, "POST", "/node").status == 405);
  CHECK(ask(source, "GET", "/actors/Stock/sku-1/call/reserve").status == 405);
  CHECK(ask(source, "DELETE", "/actors/Stock/sku-1").status == 405);
  for (const char* path : {"/", "/nodes", "/actors/Stock", "/actors/Stock/a/b/c", "//", "/node/x"}) {
    const auto unknown = ask(source, "GET", path);
    CHECK(unknown.status == 404);
    CHECK(contains(unknown.message(), "GET /node, /links"));
  }
}

TEST_CASE("a target that cannot be read is refused") {
  for (const char* target :
       {"", "node", "/actors/%", "/actors/%4", "/actors/%zz/x", "/actors?limit=%+1", "/node?a=1&a=2"})
    CHECK(get(target).status == 400);
}

TEST_CASE("bytes that are no UTF-8 come back as JSON all the same") {
  CHECK(get("/actors/%FF/%FF").status == 404);
  CHECK(get("/actors/Stock/%FF%00").status == 200);
}

}  // namespace
}  // namespace troupe::observe
