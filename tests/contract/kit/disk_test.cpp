// Disks that refuse.
#include <algorithm>
#include <vector>

#include "contract/kit/stage.h"

using namespace troupe;
using namespace troupe::contract;

TEST_CASE("a commit that fails before it is written did not happen, and ends the store until a restart") {
  auto node = cast_node();
  add(node.node(), "a", 1);
  node.disk().fail_commits(1);

  const auto error = error_from([&] { add(node.node(), "a", 10); });
  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::unknown_outcome);
  const auto next = error_from([&] { add(node.node(), "b", 1); });
  REQUIRE(next);
  CHECK(next->kind() == ErrorKind::unavailable);

  node.restart();
  CHECK(balance(node.node(), "a") == 1);
  add(node.node(), "a", 100);
  CHECK(balance(node.node(), "a") == 101);
}

TEST_CASE("a commit that fails before its sync is unknown, and is there after a restart") {
  auto node = cast_node();
  add(node.node(), "a", 1);
  node.disk().fail_commits(1, CommitFault::before_sync);

  const auto error = error_from([&] { add(node.node(), "a", 10); });
  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::unknown_outcome);

  node.restart();
  CHECK(balance(node.node(), "a") == 11);
}

TEST_CASE("a commit that the store refuses is undone with all that was decided on it, and its actor goes on") {
  auto node = cast_node();
  add(node.node(), "a", 1);
  node.disk().fail_commits(1, CommitFault::refused);
  std::vector<Asked<Account::AddResults>> asked;
  for (int i = 0; i < 50; ++i) asked.emplace_back(node.node().ref<Account>("a").add([](auto p) { p.setAmount(1000); }));
  REQUIRE(testing::eventually(
      [&] { return std::all_of(asked.begin(), asked.end(), [](auto& one) { return one.ended(); }); }));

  std::int64_t kept = 1;
  std::size_t refused = 0;
  for (auto& one : asked) {
    const auto error = one.error();
    if (!error) kept += 1000;
    if (error && error->kind() == ErrorKind::invalid) ++refused;
    if (error && error->kind() != ErrorKind::invalid) CHECK(error->kind() == ErrorKind::unavailable);
  }
  CHECK(refused == 1);
  CHECK(testing::eventually([&] { return !error_from([&] { add(node.node(), "a", 100); }); }));
  CHECK(balance(node.node(), "a") == kept + 100);
  node.restart();
  CHECK(balance(node.node(), "a") == kept + 100);
}

TEST_CASE("commits that are to fail outlast a restart, and can be taken back") {
  auto node = cast_node();
  node.disk().fail_commits(3);
  CHECK(error_from([&] { add(node.node(), "a", 1); }));
  node.restart();
  CHECK(error_from([&] { add(node.node(), "a", 1); }));
  node.restart();

  node.disk().fail_commits(0);

  add(node.node(), "a", 1);
  CHECK(balance(node.node(), "a") == 1);
}

TEST_CASE("a full disk fails what is durable and says so, and all that was acknowledged is there when it has room") {
  auto node = cast_node();
  add(node.node(), "a", 1);
  node.disk().full(true);

  const auto error = error_from([&] { add(node.node(), "a", 10); });
  REQUIRE(error);
  CHECK(error->message().find("space") != std::string::npos);
  CHECK(count(node.node(), "d") == 1);  // what keeps nothing goes on

  node.disk().full(false);
  node.restart();
  add(node.node(), "a", 100);
  CHECK(balance(node.node(), "a") == 101);
}

TEST_CASE("one node's disk is not another's") {
  TestCluster cluster({.nodes = {"a", "b"}, .host = host_cast});
  std::string on_a, on_b;
  for (int i = 0; on_a.empty() || on_b.empty(); ++i) {
    const std::string key = "k" + std::to_string(i);
    (cluster.owner_of({"Account", key}).name() == "a" ? on_a : on_b) = key;
  }
  cluster.member("a").disk().full(true);

  CHECK(error_from([&] { add(cluster.node("b"), on_a, 1); }));
  add(cluster.node("b"), on_b, 1);
}
