// Crashes that the test orders.
#include <stdexcept>

#include "contract/kit/stage.h"

using namespace troupe;
using namespace troupe::contract;

namespace {

// An account that says where it is.
class PointedAccount final : public VaultActor {
  Task<> add(AddParams::Reader in, AddResults::Builder out) override {
    testing::point("asked");
    edit().setBalance(state().getBalance() + in.getAmount());
    testing::point("added");
    out.setBalance(state().getBalance());
    co_return;
  }
  Task<> balance(BalanceParams::Reader, BalanceResults::Builder out) override {
    out.setBalance(state().getBalance());
    co_return;
  }
  Task<> transfer(TransferParams::Reader in, TransferResults::Builder) override {
    edit().setBalance(state().getBalance() - in.getAmount());
    co_await ref<Vault>(text(in.getTo())).add([&](auto p) { p.setAmount(in.getAmount()); });
    testing::point("after-transfer");
  }
};

TestNode vaults() {
  return TestNode([](Node& node) { node.host<PointedAccount>(); });
}
std::optional<Error> pay_in(TestNode& node, const std::string& key) {
  return error_from([&] { return node.ref<Vault>(key).add([](auto p) { p.setAmount(5); }).get(); });
}
std::int64_t vault(TestNode& node, const std::string& key) {
  return node.ref<Vault>(key).balance().get()->getBalance();
}

}  // namespace

TEST_CASE("the next turn of an actor crashes, keeps nothing, and the one after it does not") {
  for (const CrashAt when : {CrashAt::begin, CrashAt::end}) {
    auto node = cast_node();
    add(node.node(), "a", 1);
    node.crash_next_turn({"Account", "a"}, when);
    CHECK(node.crashes_pending() == 1);
    add(node.node(), "b", 1);  // another one's turns go on

    const auto error = error_from([&] { add(node.node(), "a", 10); });

    REQUIRE(error);
    CHECK(error->kind() == ErrorKind::failed);
    CHECK(error->message().find("the test crashed Account/a") != std::string::npos);
    CHECK(node.crashes_pending() == 0);
    add(node.node(), "a", 100);
    CHECK(balance(node.node(), "a") == 101);
  }
}

TEST_CASE("a crash at the end has made its calls, one at the beginning has made none") {
  auto node = cast_node();
  const auto transfer = [&] {
    return error_from(
        [&] { return node.ref<Account>("a").transfer([](auto p) { p.setAmount(3), p.setTo("b"); }).get(); });
  };
  node.crash_next_turn({"Account", "a"}, CrashAt::begin);
  CHECK(transfer());
  CHECK(balance(node.node(), "b") == 0);

  node.crash_next_turn({"Account", "a"}, CrashAt::end);
  CHECK(transfer());
  node.clock().advance(1s);  // it has crashed twice, and waits before it starts again

  CHECK(balance(node.node(), "b") == 3);
  CHECK(balance(node.node(), "a") == 0);
}

TEST_CASE("a reminder whose turn was crashed rings again, and its effects are there once") {
  auto node = cast_node();
  (void)node.ref<Sleeper>("s").remindIn([](auto p) { p.setName("r"), p.setMilliseconds(60'000); }).get();
  node.crash_next_turn({"Sleeper", "s"});

  node.clock().advance(1min);
  CHECK(node.crashes_pending() == 0);
  node.clock().advance(1min);

  CHECK(rings(node.node(), "s") == 1);
}

TEST_CASE("a named point crashes the turn that comes to it, at its nth time") {
  auto node = vaults();
  node.crash_at("added", 2);

  CHECK_FALSE(pay_in(node, "v"));
  const auto error = pay_in(node, "v");
  CHECK_FALSE(pay_in(node, "v"));

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::failed);
  CHECK(error->message().find("at the point added") != std::string::npos);
  CHECK(vault(node, "v") == 10);
  CHECK(node.times_reached("added") == 3);
  CHECK(node.times_reached("never") == 0);
}

TEST_CASE("a named point crashes the actor that was named, and no other") {
  auto node = vaults();
  node.crash_at("asked", {"Vault", "one"});

  CHECK_FALSE(pay_in(node, "other"));
  CHECK(pay_in(node, "one"));
}

TEST_CASE("a point after a wait is met, and what was called before it has happened") {
  auto node = vaults();
  node.crash_at("after-transfer");

  const auto error =
      error_from([&] { return node.ref<Vault>("from").transfer([](auto p) { p.setAmount(4), p.setTo("to"); }).get(); });

  REQUIRE(error);
  CHECK(vault(node, "to") == 4);
  CHECK(vault(node, "from") == 0);
}

TEST_CASE("a point outside a testbed, and outside a turn, does nothing") {
  testing::point("added");
  testing::ScratchDirectory dir;
  Node node({.name = "plain", .data_dir = dir / "data", .threads = 2, .admin = false});
  node.host<PointedAccount>();
  node.start();

  CHECK(node.ref<Vault>("v").add([](auto p) { p.setAmount(5); }).get()->getBalance() == 5);
}

TEST_CASE("who crashes too often is quarantined, and let go by the clock") {
  auto node = cast_node([](NodeConfig& config) { config.restart.restarts = 1; });
  for (int i = 0; i < 2; ++i) node.crash_next_turn({"Account", "a"});
  CHECK(error_from([&] { add(node.node(), "a", 1); }));
  CHECK(error_from([&] { add(node.node(), "a", 1); }));
  const auto refused = error_from([&] { add(node.node(), "a", 1); });
  REQUIRE(refused);
  CHECK(refused->kind() == ErrorKind::unavailable);

  node.clock().advance(30s);

  add(node.node(), "a", 1);
  CHECK(balance(node.node(), "a") == 1);
}

TEST_CASE("a crash that can never come is an error, and not a test that passes") {
  auto node = cast_node();
  CHECK_THROWS_AS(node.crash_at(""), Error);
  CHECK_THROWS_AS(node.crash_at("somewhere", 0), Error);
}
