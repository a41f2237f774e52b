// What an actor keeps, what is passivated, and what a node leaves behind that is stopped or killed.
#include <filesystem>

#include "contract/kit/stage.h"

using namespace troupe;
using namespace troupe::contract;

TEST_CASE("an actor that is evicted is loaded from disk by its next call") {
  auto node = cast_node();
  add(node.node(), "a", 5);
  CHECK(count(node.node(), "d") == 1);

  CHECK(node.evict({"Account", "a"}));
  CHECK(node.evict({"Desk", "d"}));
  CHECK(node.evict({"Account", "nobody"}));

  CHECK(balance(node.node(), "a") == 5);
  CHECK(count(node.node(), "d") == 1);  // what was in memory alone is gone
  CHECK_THROWS_AS((void)node.evict({"Nothing", "a"}), Error);
}

TEST_CASE("an actor with a turn that waits is not evicted") {
  auto node = cast_node();
  Asked asked(node.ref<Account>("a").addAround([](auto p) { p.setAmount(1), p.setLatch("shut"); }));

  CHECK_FALSE(node.evict({"Account", "a"}));

  (void)node.ref<Latch>("shut").open().get();
  node.clock().advance(10ms);
  CHECK_FALSE(asked.error());
  CHECK(node.evict({"Account", "a"}));
}

TEST_CASE("the state that is kept is the one that is committed") {
  auto node = cast_node();
  const auto a = node.ref<Account>("a");
  CHECK_FALSE(node.kept<AccountState>(a));
  CHECK(node.kept_json(a).empty());

  add(node.node(), "a", 5);
  Asked asked(a.addAround([](auto p) { p.setAmount(1), p.setLatch("shut"); }));

  const auto kept = node.kept<AccountState>(a);
  REQUIRE(kept);
  CHECK(kept->getBalance() == 5);
  CHECK(node.kept_json(a).find("\"5\"") != std::string::npos);
  node.expect_state<AccountState>(a, [](auto state) { return state.getBalance() == 5; });
  CHECK_THROWS_WITH_AS(node.expect_state<AccountState>(a, [](auto state) { return state.getBalance() == 6; }),
                       doctest::Contains("the committed state of Account/a is not as expected: {"), Failure);
  CHECK_THROWS_AS((void)node.kept<AccountState>({"Desk", "d"}), Error);
}

TEST_CASE("a node that is restarted or killed has what was acknowledged") {
  auto node = cast_node();
  add(node.node(), "a", 5);
  node.restart();
  CHECK(balance(node.node(), "a") == 5);
  add(node.node(), "a", 6);

  node.crash();
  CHECK_FALSE(node.member().running());
  CHECK_THROWS_AS((void)node.node(), Failure);
  node.start();

  CHECK(balance(node.node(), "a") == 11);
}

TEST_CASE("a node that is killed leaves its log as it lay, which a node that stops writes away") {
  auto node = cast_node();
  // Unless it had just been written away by itself, which happens when commits pause.
  const auto written = [&] { return std::filesystem::last_write_time(node.data_dir() / "data.mdb"); };

  CHECK(testing::eventually([&] {
    add(node.node(), "a", 1);
    const auto before = written();
    node.crash();
    const bool untouched = written() == before;
    node.start();
    return untouched;
  }));
}

TEST_CASE("what a testbed had on disk goes with it") {
  std::filesystem::path directory;
  {
    auto node = cast_node();
    add(node.node(), "a", 5);
    directory = node.data_dir();
    CHECK(std::filesystem::exists(directory));
  }
  CHECK_FALSE(std::filesystem::exists(directory));
}

TEST_CASE("a Ref may outlive its testbed") {
  std::optional<Ref<Account>> kept;
  {
    auto node = cast_node();
    kept = node.ref<Account>("a");
  }
  CHECK(error_from([&] { return kept->balance().get(); })->kind() == ErrorKind::unavailable);
}

TEST_CASE("a node that cannot start says why, and leaves nothing") {
  CHECK_THROWS_AS(TestNode({.configure = [](NodeConfig& config) { config.name = ""; }}), Error);
}
