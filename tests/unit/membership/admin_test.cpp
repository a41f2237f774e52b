// What the admin API tells of members and partitions, and orders of them, at real nodes.
#include <doctest/doctest.h>

#include <atomic>
#include <nlohmann/json.hpp>
#include <thread>
#include <vector>

#include "joined_nodes.h"

using namespace troupe;
using namespace troupe::contract;
using namespace troupe::testing;
using Told = nlohmann::json;

namespace {

// Of all partitions, for a weight of 10 beside one of 100.
constexpr std::size_t kShare = 2 * 23;

struct AdminReply {
  int status = 0;
  Told body;
  [[nodiscard]] std::string error() const { return body.at("error").at("message"); }
};

AdminReply admin(Node& node, const char* method, const std::string& path) {
  const auto [status, text] = node.admin(method, path, "");
  return {status, Told::parse(text)};
}

Told member_in(const Told& members, const std::string& name) {
  for (const Told& member : members.at("members"))
    if (member.at("name") == name) return member;
  return {};
}

std::size_t owned_in(const Told& member) {
  return member.at("partitions").at("withRows").get<std::size_t>() +
         member.at("partitions").at("withoutRows").get<std::size_t>();
}

bool lists(Node& node, const std::string& name) { return !member_in(admin(node, "GET", "/node").body, name).is_null(); }

}  // namespace

TEST_CASE("a member that is drained through the admin API under load gives all it has, and no call fails") {
  JoinedNodes nodes;
  Node& one = nodes.start("one");
  Node& two = nodes.start("two", {.weight = 10});
  nodes.await_led({{"one", kAllPartitions - kShare}, {"two", kShare}});
  std::atomic<bool> stop{false};
  std::atomic<int> added{0}, failed{0};
  std::thread load([&] {
    for (int i = 0; !stop; ++i) try {
        (void)one.ref<Account>("a" + std::to_string(i % 16)).add([](auto p) { p.setAmount(1); }).get();
        ++added;
        (void)one.ref<Desk>("d" + std::to_string(i % 16)).count([](auto) {}).get();
      } catch (const Error& error) {
        ++failed;
        MESSAGE(std::string(error.what()));
      }
  });
  REQUIRE(eventually([&] { return added > 50; }, 30s));
  CHECK(lists(one, "two"));

  const auto too_early = admin(one, "POST", "/members/two/leave");
  const auto drained = admin(one, "POST", "/members/two/drain");
  const bool empty =
      eventually([&] { return owned_in(member_in(admin(one, "GET", "/members").body, "two")) == 0; }, 60s);
  const int before = added;
  const bool goes_on = eventually([&] { return added > before + 50; }, 30s);
  stop = true;
  load.join();

  CHECK(empty);
  CHECK(goes_on);
  CHECK(failed == 0);
  CHECK(too_early.status == 400);
  CHECK(too_early.error().find("drain it first") != std::string::npos);
  CHECK(drained.status == 200);
  CHECK(drained.body["before"] == "serving");
  CHECK(drained.body["state"] == "draining");
  CHECK(owned_in(drained.body) == kShare);
  std::int64_t sum = 0;
  for (int i = 0; i < 16; ++i) sum += one.ref<Account>("a" + std::to_string(i)).balance().get()->getBalance();
  CHECK(sum == added);

  const auto at_two = admin(two, "GET", "/partitions").body;
  CHECK(at_two["moving"].empty());
  CHECK(at_two["handOvers"]["done"].get<std::size_t>() >= kShare / 2);
  CHECK(at_two["handOvers"]["pauseP99Us"] >= at_two["handOvers"]["pauseP50Us"]);
  const auto at_one = admin(one, "GET", "/partitions").body["partitions"];
  REQUIRE(at_one.size() == kAllPartitions);
  for (const Told& partition : at_one) {
    CHECK(partition["owner"] == "one");
    CHECK(partition["kind"] == (partition["number"] < kPartitions ? "rows" : "no rows"));
  }

  CHECK(admin(one, "POST", "/members/two/leave").body["state"] == "left");
  CHECK(eventually([&] { return !lists(one, "two"); }, 30s));
  CHECK(admin(one, "POST", "/members/two/serve").body["before"] == "left");
  CHECK(eventually([&] { return lists(one, "two") && nodes.led("two") > 0; }, 60s));
}

TEST_CASE("members are shown as they joined, and orders for whom nobody knows are not found") {
  JoinedNodes nodes;
  Node& one = nodes.start("one", {.weight = 10'000});
  Node& client = nodes.start("client", {.client = true, .store = false});

  const auto told = admin(client, "GET", "/members").body;

  const Told of_one = member_in(told, "one");
  CHECK(told["joined"] == true);
  CHECK(told["cluster"] == "c");
  CHECK_FALSE(told["coordinator"].get<std::string>().empty());
  CHECK(of_one["alive"] == true);
  CHECK(of_one["weight"] == 10'000);
  CHECK(of_one["incarnation"] == "1");
  CHECK(of_one["pid"] == ::getpid());
  CHECK_FALSE(of_one["store"].get<std::string>().empty());
  CHECK(owned_in(of_one) == kAllPartitions);
  CHECK_FALSE(of_one["services"].empty());
  CHECK(member_in(told, "client")["client"] == true);
  CHECK(eventually([&] { return lists(one, "client"); }, 30s));
  for (const char* name : {"nobody", "no%20body", "%C3%A9"}) {
    const auto unknown = admin(one, "POST", std::string("/members/") + name + "/drain");
    CHECK(unknown.status == 404);
    CHECK(unknown.error().find("there are: client, one") != std::string::npos);
  }
  const std::string longest(limits::kMaxNodeNameBytes + 300, 'n');
  CHECK(admin(one, "POST", "/members/" + longest + "/drain").status == 404);

  nodes.stop("client");
  CHECK(eventually([&] { return member_in(admin(one, "GET", "/members").body, "client")["alive"] == false; }, 30s));
  CHECK_FALSE(lists(one, "client"));
}

TEST_CASE("orders for one member at two nodes at once are all done, one after the other") {
  constexpr int kOrders = 4;  // fewer than an order is tried
  JoinedNodes nodes;
  nodes.start("one");
  nodes.start("two");
  std::atomic<int> done{0};
  std::vector<std::thread> threads;
  for (const char* at : {"one", "two"})
    threads.emplace_back([&, at] {
      for (int i = 0; i < kOrders; ++i)
        done += admin(nodes.node(at), "POST", i % 2 == 0 ? "/members/two/drain" : "/members/two/serve").status == 200;
    });
  for (auto& thread : threads) thread.join();

  CHECK(done == 2 * kOrders);
  CHECK(admin(nodes.node("one"), "POST", "/members/two/serve").body["state"] == "serving");
}

TEST_CASE("an order without a coordinator is unavailable, and what the node knows is shown all the same") {
  JoinedNodes nodes;
  Node& one = nodes.start("one");
  std::filesystem::remove_all(nodes.config("one").join.coordinator.directory);

  const auto ordered = admin(one, "POST", "/members/one/drain");
  const auto told = admin(one, "GET", "/members");

  CHECK(ordered.status == 503);
  CHECK(ordered.body["error"]["kind"] == "unavailable");
  CHECK(told.status == 200);
  CHECK(member_in(told.body, "one")["state"] == "serving");
  CHECK(owned_in(member_in(told.body, "one")) == kAllPartitions);
}

TEST_CASE("a cluster of listed members shows them and its fixed owners, and says why nobody can be drained") {
  ScratchDirectory directory;
  const std::vector<Member> members = {{.name = "one", .port = free_port()},
                                       {.name = "gone", .port = free_port()},
                                       {.name = "desk", .port = free_port(), .client = true}};
  Node node({.name = "one", .data_dir = directory / "one", .members = members, .admin = false});
  host_cast(node);
  node.start();

  const auto told = admin(node, "GET", "/members").body;
  const auto partitions = admin(node, "GET", "/partitions").body;
  const auto drained = admin(node, "POST", "/members/gone/drain");

  CHECK(told["joined"] == false);
  CHECK(told["coordinator"] == "");
  CHECK(told["members"].size() == 3);
  CHECK(member_in(told, "one")["alive"] == true);
  CHECK(member_in(told, "one")["pid"] == ::getpid());
  CHECK(member_in(told, "gone")["alive"] == false);
  CHECK(member_in(told, "gone")["state"] == "serving");
  CHECK(owned_in(member_in(told, "one")) + owned_in(member_in(told, "gone")) == kAllPartitions);
  CHECK(owned_in(member_in(told, "desk")) == 0);
  CHECK(partitions["partitions"].size() == kAllPartitions);
  std::size_t led = 0;
  for (const Told& partition : partitions["partitions"]) {
    CHECK(partition["epoch"] == "1");
    CHECK((partition["here"] == "leading") == (partition["owner"] == "one"));
    led += partition["owner"] == "one";
  }
  CHECK(led == owned_in(member_in(told, "one")));
  CHECK(drained.status == 400);
  CHECK(drained.error().find("let the nodes join by a coordinator") != std::string::npos);
}
