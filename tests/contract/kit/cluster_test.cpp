// Several nodes: who owns what, links that break, and nodes that go.
#include "contract/kit/stage.h"

using namespace troupe;
using namespace troupe::contract;

namespace {

struct Spread {
  TestCluster cluster{{.nodes = {"a", "b"}, .clients = {"c"}, .host = host_cast}};
  std::string on(const std::string& node, const std::string& service = "Account") {
    for (int i = 0;; ++i) {
      const std::string key = "k" + std::to_string(i);
      if (cluster.owner_of({service, key}).name() == node) return key;
    }
  }
};

}  // namespace

TEST_CASE("the nodes of a cluster are connected, and each actor lives with its owner") {
  Spread s;
  const auto here = s.on("a"), there = s.on("b");
  add(s.cluster.node("c"), here, 1);
  add(s.cluster.node("c"), there, 2);

  for (const char* name : {"a", "b", "c"}) CHECK(s.cluster.node(name).connected());
  CHECK(s.cluster.node("a").admin("GET", "/actors/Account/" + here, "").first == 200);
  CHECK(s.cluster.node("a").admin("GET", "/actors/Account/" + there, "").first != 200);
  s.cluster.expect_state<AccountState>({"Account", there}, [](auto state) { return state.getBalance() == 2; });
  CHECK_THROWS_AS((void)s.cluster.node("nobody"), Failure);
}

TEST_CASE("nodes that are parted do not reach each other, and others reach both") {
  Spread s;
  const auto here = s.on("a"), there = s.on("b");
  s.cluster.partition("a", "b");
  CHECK_FALSE(s.cluster.node("a").connected());

  add(s.cluster.node("c"), here, 1);
  add(s.cluster.node("c"), there, 1);
  Asked asked(s.cluster.node("a").ref<Account>(there).add([](auto p) { p.setAmount(1); }));
  s.cluster.settle();
  CHECK_FALSE(asked.ended());

  s.cluster.heal();
  s.cluster.settle();
  CHECK_FALSE(asked.error());
  CHECK(balance(s.cluster.node("c"), there) == 2);
}

TEST_CASE("a call whose actor cannot be reached waits until its deadline, and did not run") {
  Spread s;
  const auto there = s.on("b");
  s.cluster.isolate("b");
  Asked asked(s.cluster.node("c").ref<Account>(there).add([](auto p) { p.setAmount(1); }));

  s.cluster.clock().advance(11s);

  const auto error = asked.error();
  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::unavailable);
  CHECK_FALSE(error->may_have_run());
  s.cluster.heal();
  CHECK(balance(s.cluster.node("c"), there) == 0);
}

TEST_CASE("a call that was under way when its link broke may have run") {
  Spread s;
  const auto there = s.on("b", "Desk");
  Asked asked(s.cluster.node("a").ref<Desk>(there).count([](auto p) { p.setLatch("shut"); }));
  s.cluster.settle();

  s.cluster.partition("a", "b");
  s.cluster.settle();

  CHECK(asked.error()->kind() == ErrorKind::unknown_outcome);
}

TEST_CASE("a node that is killed answers nobody, and its callers find it again") {
  Spread s;
  const auto there = s.on("b"), desk = s.on("b", "Desk");
  add(s.cluster.node("c"), there, 1);
  Asked lost(s.cluster.node("c").ref<Desk>(desk).count([](auto p) { p.setLatch("shut"); }));
  s.cluster.settle();

  s.cluster.member("b").crash();
  s.cluster.settle();
  CHECK(lost.error()->kind() == ErrorKind::unknown_outcome);
  Asked waits(s.cluster.node("c").ref<Account>(there).add([](auto p) { p.setAmount(1); }));
  s.cluster.settle();
  CHECK_FALSE(waits.ended());

  s.cluster.member("b").start();
  s.cluster.settle();
  CHECK_FALSE(waits.error());
  CHECK(balance(s.cluster.node("c"), there) == 2);
}

TEST_CASE("a node that is stopped ends what it runs, and says so") {
  Spread s;
  const auto desk = s.on("b", "Desk");
  Asked ended(s.cluster.node("c").ref<Desk>(desk).count([](auto p) { p.setLatch("shut"); }));
  s.cluster.settle();

  (void)s.cluster.member("b").stop(0ms);
  s.cluster.settle();

  CHECK(ended.error()->kind() == ErrorKind::unavailable);
}

TEST_CASE("time is the same on every node") {
  Spread s;
  const auto one = s.on("a", "Sleeper"), other = s.on("b", "Sleeper");
  for (const auto& key : {one, other})
    (void)s.cluster.node("c")
        .ref<Sleeper>(key)
        .remindIn([](auto p) { p.setName("r"), p.setMilliseconds(3'600'000); })
        .get();

  s.cluster.clock().advance(1h);

  CHECK(rings(s.cluster.node("c"), one) == 1);
  CHECK(rings(s.cluster.node("c"), other) == 1);
}

TEST_CASE("to settle is to wait for messages between nodes") {
  Spread s;
  (void)s.cluster.node("c")
      .ref<Poster>("p")
      .post([](auto p) {
        p.setTo("l");
        auto amounts = p.initAmounts(300);
        for (unsigned i = 0; i < 300; ++i) amounts.set(i, i + 1'000);
      })
      .get();

  s.cluster.settle();

  s.cluster.expect_state<LedgerState>({"Ledger", "l"}, [](auto state) { return state.getEntries().size() == 300; });
}
