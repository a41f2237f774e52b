// What people order of partitions: moves, what is given up for lost, and that everybody has their share again.
#include <doctest/doctest.h>

#include <algorithm>
#include <mutex>
#include <nlohmann/json.hpp>
#include <vector>

#include "joined_nodes.h"
#include "troupe/member_files.h"

using namespace troupe;
using namespace troupe::contract;
using namespace troupe::testing;
using OrderJson = nlohmann::json;

namespace {

struct OrderReply {
  int status = 0;
  OrderJson body;
  [[nodiscard]] std::string error() const { return status == 200 ? "" : body.at("error").at("message"); }
};

OrderReply post(Node& node, const std::string& path) {
  const auto [status, text] = node.admin("POST", path, "");
  return {status, OrderJson::parse(text)};
}

// The first accounts whose partition is that one.
std::string account_in(PartitionId partition) {
  for (int i = 0;; ++i) {
    const std::string key = "k" + std::to_string(i);
    if (partition_of(ServiceOf<Account>::info().id, key) == partition) return key;
  }
}

void hold_still(NodeConfig& config) { config.join.rebalance = false; }

std::string owner_of(JoinedNodes& nodes, const std::string& by, PartitionId partition) {
  return nodes.member(by).access().look([&](const auto& known) { return known.partition(partition)->record.owner; });
}

class OrderLines {
 public:
  LogSink sink() {
    return [this](const LogLine& line) {
      const std::lock_guard lock(mutex_);
      all_.emplace_back(line.message);
    };
  }
  bool have(const std::string& words) const {
    const std::lock_guard lock(mutex_);
    return std::any_of(all_.begin(), all_.end(), [&](const auto& one) { return one.find(words) != std::string::npos; });
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> all_;
};

}  // namespace

TEST_CASE("a partition that is moved by hand is there with what is in it, and stays until somebody rebalances") {
  JoinedNodes nodes;
  Node& one = nodes.start("one");
  const std::string key = account_in(7);
  (void)one.ref<Account>(key).add([](auto p) { p.setAmount(5); }).get();
  nodes.start("two", {.weight = 1, .change = [](NodeConfig& config) { config.join.weight = 0; }});
  REQUIRE(eventually([&] { return nodes.member("one").access().directory().alive("two"); }, 30s));

  const OrderReply moved = post(one, "/partitions/7/move?to=two");
  const OrderReply without_rows = post(nodes.node("two"), "/partitions/300/move?to=two");

  CHECK_MESSAGE(moved.error() == "", moved.error());
  CHECK(moved.body["from"] == "one");
  CHECK(moved.body["to"] == "two");
  CHECK(without_rows.status == 200);
  nodes.await_led({{"one", kAllPartitions - 2}, {"two", 2}});
  CHECK(owner_of(nodes, "two", 7) == "two");
  CHECK(one.ref<Account>(key).balance().get()->getBalance() == 5);
  const auto told = OrderJson::parse(one.admin("GET", "/partitions", "").second);
  CHECK(told["partitions"][7]["pinned"] == true);
  CHECK(told["partitions"][8]["pinned"] == false);
  CHECK(told["rebalances"] == true);

  const OrderReply would = post(one, "/partitions/rebalance?dry_run=1");
  REQUIRE(would.body["moves"].size() == 2);
  CHECK(would.body["moves"][0] == OrderJson({{"partition", 7}, {"from", "two"}, {"to", "one"}, {"epoch", "2"}}));
  CHECK(nodes.led("two") == 2);
  CHECK(post(one, "/partitions/rebalance").body["moves"].size() == 2);
  nodes.await_led({{"one", kAllPartitions}, {"two", 0}});
  CHECK(one.ref<Account>(key).balance().get()->getBalance() == 5);
}

TEST_CASE("a rebalance moves to everybody's share also where nothing moves by itself") {
  JoinedNodes nodes;
  nodes.start("one", {.change = hold_still});
  Node& two = nodes.start("two", {.change = hold_still});
  REQUIRE(eventually([&] { return nodes.member("two").access().directory().alive("one"); }, 30s));

  CHECK(post(two, "/partitions/rebalance").body["moves"].size() == kPartitions);

  nodes.await_led({{"one", kPartitions}, {"two", kPartitions}});
  CHECK(post(two, "/partitions/rebalance").body["moves"].empty());
}

TEST_CASE("an order that cannot be is refused, and says why") {
  JoinedNodes nodes;
  Node& one = nodes.start("one", {.change = hold_still});
  nodes.start("two", {.change = hold_still});
  nodes.start("desk", {.client = true, .store = false});
  nodes.start("held", {.change = [](NodeConfig& config) { config.join.held_back = true; }});
  REQUIRE(eventually([&] { return nodes.member("one").access().directory().alive("held"); }, 30s));
  const auto refused = [&](const std::string& path, int status, const std::string& words) {
    const OrderReply reply = post(one, path);
    CHECK_MESSAGE(reply.status == status, path);
    CHECK_MESSAGE(reply.error().find(words) != std::string::npos, path << ": " << reply.error());
  };

  refused("/partitions/7/move", 400, "to which member? to=NAME");
  refused("/partitions/7/move?to=one", 400, "owns partition 7 already");
  refused("/partitions/7/move?to=nobody", 404, "there is no member 'nobody'; there are: desk, held, one, two");
  refused("/partitions/7/move?to=%C3%A9", 404, "there is no member");
  refused("/partitions/512/move?to=two", 400, "there is no partition 512; they are 0 to 511");
  refused("/partitions/seven/move?to=two", 400, "is no number of a partition");
  refused("/partitions/99999999999/move?to=two", 400, "is no number of a partition");
  refused("/partitions/-1/move?to=two", 400, "is no number of a partition");
  refused("/partitions/7/move?to=desk", 400, "is a client, and owns nothing");
  refused("/partitions/7/move?to=held", 503, "is joining");
  refused("/partitions/7/move?to=two&fast=1", 400, "fast");
  refused("/partitions/7/force?to=two", 400, "accept_loss=1 says that this is meant");
  refused("/partitions/7/force?to=two&accept_loss=1", 400, "lives and has all of partition 7");
  refused("/partitions/300/force?to=two&accept_loss=1", 400, "has no rows: nothing of it is lost");
  nodes.set_state("one", "two", membership::MemberState::draining);
  refused("/partitions/7/move?to=two", 400, "is draining");
  nodes.set_state("one", "two", membership::MemberState::serving);
  nodes.stop("two");
  REQUIRE(eventually([&] { return !nodes.member("one").access().directory().alive("two"); }, 30s));
  refused("/partitions/7/move?to=two", 503, "does not live");
  CHECK(one.admin("GET", "/partitions/7/move?to=two", "").first == 405);
  CHECK(nodes.led("one") == kAllPartitions);
}

TEST_CASE("a move that is under way is not ordered anew, and comes to nothing when its owner is to keep it") {
  JoinedNodes nodes;
  Node& one = nodes.start("one", {.change = hold_still});
  nodes.start("two", {.change = hold_still});
  REQUIRE(eventually([&] { return nodes.member("one").access().directory().alive("two"); }, 30s));
  nodes.part("one", "two");  // so that nothing arrives
  REQUIRE(eventually([&] { return !one.connected(); }, 30s));
  CHECK(post(one, "/partitions/7/move?to=two").status == 200);

  CHECK(post(one, "/partitions/7/move?to=two").error().find("is on its way from one to two already") !=
        std::string::npos);
  CHECK(post(one, "/partitions/7/move?to=one").status == 200);

  nodes.part("one", "");
  REQUIRE(one.wait_connected(30s));
  CHECK(post(one, "/partitions/8/move?to=two").status == 200);
  nodes.await_led({{"one", kAllPartitions - 1}, {"two", 1}});
  CHECK(owner_of(nodes, "one", 7) == "one");
}

TEST_CASE("a lost disk: what was on it is given up by order, and its store is refused until it dropped it") {
  OrderLines lines;
  JoinedNodes nodes;
  nodes.start("one", {.change = [&](NodeConfig& config) { config.log = lines.sink(), config.join.rebalance = false; }});
  nodes.start("two", {.change = hold_still});
  const std::string key = account_in(7);
  REQUIRE(eventually([&] { return nodes.member("one").access().directory().alive("two"); }, 30s));
  (void)nodes.node("one").ref<Account>(key).add([](auto p) { p.setAmount(3); }).get();
  CHECK(post(nodes.node("one"), "/partitions/7/move?to=two").status == 200);
  nodes.await_led({{"two", 1}});
  (void)nodes.node("one").ref<Account>(key).add([](auto p) { p.setAmount(2); }).get();
  nodes.stop("two");
  REQUIRE(eventually([&] { return !nodes.member("one").access().directory().alive("two"); }, 30s));

  CHECK(post(nodes.node("one"), "/partitions/7/move?to=one").error().find("troupe partitions force 7 one") !=
        std::string::npos);
  const OrderReply forced = post(nodes.node("one"), "/partitions/7/force?to=one&accept_loss=1");

  CHECK_MESSAGE(forced.error() == "", forced.error());
  nodes.await_led({{"one", kAllPartitions}});
  CHECK(nodes.node("one").ref<Account>(key).balance().get()->getBalance() == 0);
  (void)nodes.node("one").ref<Account>(key).add([](auto p) { p.setAmount(1); }).get();
  CHECK(lines.have("by order, partition 7 is member one's since epoch 3 and begins empty: what member two has of it"));
  nodes.stop("one");
  nodes.start("one", {.change = hold_still});
  CHECK(nodes.node("one").ref<Account>(key).balance().get()->getBalance() == 1);

  const Error refused = refusal(nodes, "two");
  CHECK(refused.message().find("troupe partitions drop " + nodes.data_of("two").string() + " 7 --accept-loss") !=
        std::string::npos);
  const auto held = shares_of_partitions(nodes.data_of("two")).value();
  REQUIRE(held.size() == 1);
  CHECK(held[0].partition == 7);
  CHECK(held[0].actors == 1);
  CHECK(drop_partitions(nodes.data_of("two"), {kPartitions}).error().message().find("has no rows") !=
        std::string::npos);
  CHECK(drop_partitions(nodes.data_of("two"), {7}).value().actors == 1);
  nodes.start("two", {.change = hold_still});
  CHECK(nodes.node("two").ref<Account>(key).balance().get()->getBalance() == 1);
}

TEST_CASE("a cluster of listed members says why its partitions cannot be moved") {
  Node node({.name = "alone", .threads = 1});
  node.start();

  for (const char* path :
       {"/partitions/7/move?to=alone", "/partitions/7/force?to=alone&accept_loss=1", "/partitions/rebalance"}) {
    const OrderReply refused = post(node, path);
    CHECK(refused.status == 400);
    CHECK(refused.error().find("let the nodes join by a coordinator") != std::string::npos);
  }
}
