// What a supervision tree keeps alive goes along with its partition.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "joined_nodes.h"

using namespace troupe;
using namespace troupe::contract;
using namespace troupe::testing;

namespace {

void keep_desk(Node& node) { node.supervise({.children = {{.id = "keeper", .start = actor_start<Desk>("kept")}}}); }

nlohmann::json keeper_at(Node& node) {
  return nlohmann::json::parse(node.admin("GET", "/tree", "").second)["supervision"]["children"][0];
}

// Whether the actor is in memory there.
bool lives_at(Node& node) {
  const auto [status, text] = node.admin("GET", "/actors/Desk/kept", "");
  return status == 200 && nlohmann::json::parse(text)["status"] == "idle";
}

}  // namespace

TEST_CASE("of one tree at every member each keeps the children whose partitions it leads, wherever these go") {
  const auto hold_still = [](NodeConfig& config) { config.join.rebalance = false; };
  JoinedNodes nodes;
  Node& one = nodes.start("one", {.change = hold_still, .prepare = keep_desk});
  Node& two = nodes.start("two", {.change = hold_still, .prepare = keep_desk});
  const auto number = kPartitions + partition_of(ServiceOf<Desk>::info().id, "kept");
  const auto move_to = [&](const std::string& to) {
    const auto moved = one.admin("POST", "/partitions/" + std::to_string(number) + "/move?to=" + to, "");
    CHECK_MESSAGE(moved.first == 200, moved.second);
  };
  REQUIRE(eventually([&] { return lives_at(one); }, 30s));
  CHECK(keeper_at(one)["status"] == "running");
  CHECK(keeper_at(two)["status"] == "elsewhere");
  CHECK(keeper_at(two)["node"] == "one");
  REQUIRE(eventually([&] { return one.directory()->member("two")->standing == MemberStanding::serving; }, 30s));

  move_to("two");

  REQUIRE(eventually([&] { return lives_at(two); }, 30s));
  CHECK_FALSE(lives_at(one));
  CHECK(eventually([&] { return keeper_at(one)["status"] == "elsewhere"; }, 30s));
  CHECK(keeper_at(one)["node"] == "two");
  CHECK(keeper_at(two)["status"] == "running");
  CHECK(two.health().good());

  move_to("one");
  REQUIRE(eventually([&] { return lives_at(one); }, 30s));
  CHECK(eventually([&] { return keeper_at(two)["status"] == "elsewhere"; }, 30s));
}
