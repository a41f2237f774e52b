// The paths about members and partitions, over a source made by hand.
#include "observe/member_api.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "asking.h"
#include "fake_source.h"

namespace troupe::observe {
namespace {

using MemberJson = nlohmann::json;

TEST_CASE("members are told with their state, whether they live, what they are for and how much they own") {
  FakeSource source;

  const auto told = ask(source, "GET", "/members");

  const MemberJson& one = told.body["members"][0];
  CHECK(told.body["cluster"] == "shop");
  CHECK(told.body["joined"] == true);
  CHECK(told.body["coordinator"] == "the directory /run/shop");
  CHECK(one["name"] == "shop-1");
  CHECK(one["address"] == "127.0.0.1:7101");
  CHECK(one["state"] == "draining");
  CHECK(one["alive"] == true);
  CHECK(one["incarnation"] == "18446744073709551615");
  CHECK(one["client"] == false);
  CHECK(one["weight"] == 10000);
  CHECK(one["zone"] == "east");
  CHECK(one["labels"]["disk"] == "fast");
  CHECK(one["store"] == "5afe");
  CHECK(one["pid"] == 4711);
  CHECK(one["partitions"]["withRows"] == 1);
  CHECK(one["partitions"]["withoutRows"] == 2);
  CHECK(one["services"] == MemberJson({"Order", "Stock"}));
  CHECK(one["sick"] == MemberJson::array());
  CHECK(one["refused"] == MemberJson::parse(R"([{"member": "shop-2", "partitions": 3, "why": "an earlier program"}])"));
  CHECK(one["suspectSinceMs"].is_null());
  CHECK(told.body["members"][1]["client"] == true);
  CHECK(told.body["members"][1]["labels"].is_object());
  CHECK(told.body["members"][1]["services"].is_array());
}

TEST_CASE("partitions are told with their owners, what moves from here and how hand-overs went") {
  FakeSource source;

  const auto told = ask(source, "GET", "/partitions");
  source.cluster.moves = false;
  const auto at_rest = ask(source, "GET", "/partitions");

  const MemberJson& first = told.body["partitions"][0];
  CHECK(told.body["cluster"] == "shop");
  CHECK(first["number"] == 7);
  CHECK(first["kind"] == "rows");
  CHECK(first["epoch"] == "18446744073709551615");
  CHECK(first["version"] == "1207");
  CHECK(first["owner"] == "shop-1");
  CHECK(first["target"] == "shop-2");
  CHECK(first["here"] == "draining");
  CHECK(told.body["partitions"][1]["kind"] == "no rows");
  CHECK(told.body["moving"][0]["partition"] == 7);
  CHECK(told.body["moving"][0]["to"] == "shop-2");
  CHECK(told.body["moving"][0]["stage"] == "copies");
  CHECK(told.body["moving"][0]["records"] == 40);
  CHECK(told.body["moving"][0]["bytes"] == 4096);
  CHECK(told.body["handOvers"]["done"] == 12);
  CHECK(told.body["handOvers"]["failed"] == 3);
  CHECK(told.body["handOvers"]["pauseP50Us"] == 1500);
  CHECK(told.body["handOvers"]["pauseP99Us"] == 90000);
  CHECK(told.body["handOvers"]["lastError"] == "its disk is full");
  CHECK(at_rest.body["moving"] == MemberJson::array());
  CHECK(first["pinned"] == false);
  CHECK(told.body["rebalances"] == false);
}

TEST_CASE("a member is drained, serves again and leaves by name, and what cannot be done says why") {
  FakeSource source;

  const auto drained = ask(source, "POST", "/members/shop%2F1/drain");
  CHECK(drained.status == 200);
  CHECK(source.cluster.ordered == "shop/1");
  CHECK(source.cluster.last == MemberOrder::drain);
  CHECK(drained.body["member"] == "shop/1");
  CHECK(drained.body["before"] == "serving");
  CHECK(drained.body["state"] == "draining");
  CHECK(drained.body["partitions"]["withRows"] == 128);
  CHECK(drained.body["partitions"]["withoutRows"] == 127);
  CHECK(ask(source, "POST", "/members/shop-1/serve").body["state"] == "serving");
  CHECK(ask(source, "POST", "/members/shop-1/leave").body["state"] == "left");
  CHECK(source.cluster.last == MemberOrder::leave);

  CHECK(ask(source, "POST", "/members/nobody/drain").status == 404);
  CHECK(ask(source, "POST", "/members/full/leave").message().find("drain it first") != std::string::npos);
  CHECK(ask(source, "POST", "/members/shop-1/drain?force=1").status == 400);
  CHECK(ask(source, "GET", "/members?limit=1").status == 400);
  CHECK(ask(source, "GET", "/members/shop-1/drain").status == 405);
  CHECK(ask(source, "POST", "/partitions").status == 405);
  CHECK(ask(source, "POST", "/members/shop-1/explode").status == 404);
  CHECK(ask(source, "GET", "/members/shop-1").message().find("/members/NAME/drain") != std::string::npos);
}

TEST_CASE("partitions are moved, forced and rebalanced by order, and a loss has to be meant") {
  FakeSource source;

  const auto moved = ask(source, "POST", "/partitions/7/move?to=shop%2F2");
  CHECK(moved.status == 200);
  CHECK(source.cluster.ordered == "move 7 shop/2");
  CHECK(moved.body["partition"] == 7);
  CHECK(moved.body["from"] == "shop-1");
  CHECK(moved.body["to"] == "shop/2");
  CHECK(moved.body["epoch"] == "18446744073709551615");
  CHECK(ask(source, "POST", "/partitions/7/force?to=shop-2&accept_loss=1").status == 200);
  CHECK(source.cluster.ordered == "force 7 shop-2");
  CHECK(ask(source, "POST", "/partitions/rebalance?dry_run=1").body["dryRun"] == true);
  CHECK(source.cluster.ordered == "nothing");
  CHECK(ask(source, "POST", "/partitions/rebalance").body["moves"][0]["to"] == "shop-2");
  CHECK(source.cluster.ordered == "rebalance");

  CHECK(ask(source, "POST", "/partitions/7/move?to=nobody").status == 404);
  CHECK(ask(source, "POST", "/partitions/7/move").status == 400);
  CHECK(ask(source, "POST", "/partitions/4294967296/move?to=shop-2").status == 400);
  CHECK(ask(source, "POST", "/partitions/7/force?to=shop-2").message().find("accept_loss=1") != std::string::npos);
  CHECK(ask(source, "POST", "/partitions/7/force?to=shop-2&accept_loss=yes").status == 400);
  CHECK(ask(source, "POST", "/partitions/rebalance?now=1").status == 400);
  CHECK(ask(source, "GET", "/partitions/7/move?to=shop-2").status == 405);
  CHECK(ask(source, "POST", "/partitions/7/explode").status == 404);
}

TEST_CASE("the directory is told with members, services and who hosts them") {
  FakeSource source;

  const auto told = ask(source, "GET", "/directory");

  CHECK(told.body["version"] == 3);
  CHECK(told.body["members"][0]["address"] == "127.0.0.1:7101");
  CHECK(told.body["members"][0]["state"] == "joining");
  CHECK(told.body["members"][0]["suspect"] == false);
  const MemberJson& host = told.body["services"][0]["hosts"][0];
  CHECK(told.body["services"][0]["name"] == "Stock");
  CHECK(host == MemberJson({{"member", "shop-1"},
                            {"healthy", false},
                            {"trouble", "no disk"},
                            {"schema", "18446744073709551615"},
                            {"stateVersion", 2}}));
  CHECK(ask(source, "POST", "/directory").status == 405);
}

}  // namespace
}  // namespace troupe::observe
