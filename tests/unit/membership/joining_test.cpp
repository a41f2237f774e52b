// How nodes become members: who is let in, and what is refused.
#include <doctest/doctest.h>

#include "joined_nodes.h"

using namespace troupe;
using namespace troupe::contract;
using namespace troupe::testing;

TEST_CASE("the first node of a cluster owns everything, and the next one gets its half, with what is in it") {
  JoinedNodes nodes;
  Node& one = nodes.start("one");
  CHECK(nodes.led("one") == kAllPartitions);
  for (int i = 0; i < 40; ++i)
    (void)one.ref<Account>("a" + std::to_string(i)).add([&](auto p) { p.setAmount(i); }).get();

  Node& two = nodes.start("two");
  nodes.await_led({{"one", kPartitions}, {"two", kPartitions}});

  for (int i = 0; i < 40; ++i) {
    const std::string key = "a" + std::to_string(i);
    CHECK(one.ref<Account>(key).balance().get()->getBalance() == i);
    CHECK(two.ref<Account>(key).add([](auto p) { p.setAmount(1); }).get()->getBalance() == i + 1);
  }
  CHECK(nodes.owned("two", "one") == kPartitions);
  CHECK(nodes.member("one").hand_overs().failed == 0);
  const auto known = nodes.member("two").access().directory();
  const auto& services = known.member("one")->record.services;
  CHECK(services.size() > 3);
  CHECK(services == known.member("two")->record.services);
  for (const auto& service : services) CHECK(service.schema_hash != 0);
  CHECK(services[0].schema_hash != services[1].schema_hash);
}

TEST_CASE("a name that is taken is refused, saying who has it, and a cluster of another name is") {
  JoinedNodes nodes;
  nodes.start("one");

  const Error taken = refusal(nodes, "one", {.timeout = 300ms, .data = nodes.data_of("other")});
  CHECK(taken.kind() == ErrorKind::invalid);
  CHECK(taken.message().find("node one is in cluster c already: it is at 127.0.0.1:" +
                             std::to_string(nodes.node("one").port())) == 0);
  const Error other = refusal(nodes, "two", {.cluster = "d"});
  CHECK(other.kind() == ErrorKind::invalid);
  CHECK(other.message().find("is of cluster 'c', and this node is of 'd'") != std::string::npos);
  CHECK(nodes.led("one") == kAllPartitions);
}

TEST_CASE("a node that comes back has what it had, in the same directory; with another one it is refused") {
  JoinedNodes nodes;
  (void)nodes.start("one").ref<Account>("a").add([](auto p) { p.setAmount(5); }).get();
  const auto before = nodes.member("one").incarnation();
  nodes.stop("one");

  const Error wiped = refusal(nodes, "one", {.data = nodes.data_of("empty")});
  CHECK(wiped.kind() == ErrorKind::invalid);
  CHECK(wiped.message().find("whose rows are in store") != std::string::npos);
  CHECK(refusal(nodes, "one", {.store = false}).kind() == ErrorKind::invalid);

  CHECK(nodes.start("one").ref<Account>("a").balance().get()->getBalance() == 5);
  CHECK(nodes.member("one").incarnation() == before + 1);
}

TEST_CASE("a store with rows that the cluster has elsewhere is refused, and nothing is lost") {
  JoinedNodes nodes;
  nodes.start("one");
  {
    NodeConfig alone{.name = "two", .cluster = "c", .data_dir = nodes.data_of("two"), .admin = false};
    Node node(alone);
    host_cast(node);
    node.start();
    (void)node.ref<Account>("a").add([](auto p) { p.setAmount(5); }).get();
  }

  const Error refused = refusal(nodes, "two");

  CHECK(refused.kind() == ErrorKind::invalid);
  CHECK(refused.message().find("in the cluster node one owns it since epoch 1") != std::string::npos);
  NodeConfig alone{.name = "two", .cluster = "c", .data_dir = nodes.data_of("two"), .admin = false};
  Node node(alone);
  host_cast(node);
  node.start();
  CHECK(node.ref<Account>("a").balance().get()->getBalance() == 5);
}

TEST_CASE("a client calls and owns nothing; without a member that does it waits, and says for what") {
  JoinedNodes nodes;
  const Error alone = refusal(nodes, "client", {.client = true, .store = false, .timeout = 300ms});
  CHECK(alone.kind() == ErrorKind::unavailable);
  CHECK(alone.message().find("start a member that is no client") != std::string::npos);

  nodes.start("one");
  Node& client = nodes.start("client", {.client = true, .store = false});

  CHECK(client.ref<Account>("a").add([](auto p) { p.setAmount(5); }).get()->getBalance() == 5);
  CHECK(client.ref<Desk>("d").count([](auto) {}).get()->getCalls() == 1);
  CHECK(nodes.led("client") == 0);
}

TEST_CASE("a configuration that cannot be is refused before anything is opened") {
  JoinedNodes nodes;
  const auto refused = [&](auto change) {
    NodeConfig config = nodes.config("n");
    change(config);
    try {
      Node node(config);
    } catch (const Error& error) {
      return error.message();
    }
    return std::string("taken");
  };
  CHECK(refused([](NodeConfig& c) { c.members = {{.name = "n"}}; }).find("both members and join") != std::string::npos);
  CHECK(refused([](NodeConfig& c) { c.name = "a b"; }).find("printable ASCII") != std::string::npos);
  CHECK(refused([](NodeConfig& c) { c.join.weight = 10'001; }).find("at most 10000") != std::string::npos);
  CHECK(refused([](NodeConfig& c) { c.join.session_ttl = 999ms; }).find("at least one second") != std::string::npos);
  CHECK(refused([](NodeConfig& c) { c.join.session_ttl = std::chrono::hours(2); }).find("hour") != std::string::npos);
  CHECK(refused([](NodeConfig& c) { c.join.timeout = 0ms; }).find("positive") != std::string::npos);
  CHECK(refused([](NodeConfig& c) { c.join.drain = -1ms; }).find("not be negative") != std::string::npos);
  CHECK(refused([](NodeConfig& c) { c.join.moves = 0; }).find("1 to 16") != std::string::npos);
  CHECK(refused([](NodeConfig& c) { c.join.moves = limits::kMaxMoves + 1; }).find("1 to 16") != std::string::npos);
  CHECK(refused([](NodeConfig& c) { c.join.move_bytes_per_second = UINT64_MAX; }) == "taken");
  CHECK(refused([](NodeConfig& c) { c.join.host = "0.0.0.0"; }).find("where nobody reaches a node") !=
        std::string::npos);
  CHECK(refused([](NodeConfig& c) { c.join.host = "::"; }).find("where nobody reaches a node") != std::string::npos);
  CHECK(refused([](NodeConfig& c) { c.join.host.clear(); }).find("join.host") != std::string::npos);
  CHECK(refused([](NodeConfig&) {}) == "taken");
}
