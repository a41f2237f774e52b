#include <doctest/doctest.h>
#include <troupe/testing.h>

#include "booking.capnp.troupe.h"
#include "booking.h"

using namespace std::chrono_literals;
using troupe::testing::CommitFault;
using troupe::testing::Loss;
using troupe::testing::TestCluster;
using troupe::testing::TestNode;

namespace {

void hold(troupe::Node& node) {
  (void)node.ref<guide::Seat>("7A").hold([](auto p) { p.setGuest("Anna"); }).get();
}
// Under one key, so that whoever asks again asks for the same payment.
auto pay(troupe::Node& node) {
  auto seat = node.ref<guide::Seat>("7A");
  seat.idempotency_key("payment-1");
  return seat.pay([](auto p) { p.setCents(1'500); });
}
bool is_sold(TestNode& node) { return node.kept<guide::SeatState>({"Seat", "7A"})->getSold(); }
std::uint64_t charged(TestNode& node) {
  const auto till = node.kept<guide::TillState>({"Till", "main"});
  return till ? till->getCents() : 0;
}

}  // namespace

TEST_CASE("a seat that nobody pays for is free again after a quarter of an hour, and not before") {
  TestNode node(guide::host_services);
  hold(node.node());

  node.clock().advance(15min - 1ms);
  node.expect_state<guide::SeatState>({"Seat", "7A"}, [](auto seat) { return seat.getHeldBy() == "Anna"; });
  node.clock().advance(1ms);

  node.expect_state<guide::SeatState>({"Seat", "7A"}, [](auto seat) { return !seat.hasHeldBy(); });
}

TEST_CASE("a payment that crashes after its charge is charged once when it is made again") {
  TestNode node(guide::host_services);
  hold(node.node());
  node.crash_at("after-charge");

  CHECK_THROWS_AS(pay(node.node()).get(), troupe::Error);
  CHECK_FALSE(is_sold(node));
  CHECK(charged(node) == 1'500);
  (void)pay(node.node()).get();

  CHECK(is_sold(node));
  CHECK(charged(node) == 1'500);
  CHECK(node.crashes_pending() == 0);
}

TEST_CASE("a charge whose answer is lost is asked for again, and charged once") {
  TestNode node(guide::host_services);
  hold(node.node());
  node.messages().drop_next(1, {.service = "Till"}, Loss::answer);

  (void)pay(node.node()).get();

  CHECK(node.messages().lost() == 1);
  CHECK(charged(node) == 1'500);
}

TEST_CASE("a payment waits for a till that is slow") {
  TestNode node(guide::host_services);
  hold(node.node());
  node.messages().delay(3s, {.service = "Till"});

  (void)node.finish(pay(node.node()));

  CHECK(is_sold(node));
}

TEST_CASE("a payment that meets a broken disk is made again after a restart, and charged once") {
  TestNode node(guide::host_services);
  hold(node.node());
  node.disk().fail_commits(1, CommitFault::before_write);

  CHECK_THROWS_AS(pay(node.node()).get(), troupe::Error);
  node.restart();
  (void)pay(node.node()).get();

  CHECK(is_sold(node));
  CHECK(charged(node) == 1'500);
}

TEST_CASE("a seat that was passivated knows who holds it") {
  TestNode node(guide::host_services);
  hold(node.node());

  CHECK(node.evict({"Seat", "7A"}));

  (void)pay(node.node()).get();
  CHECK(is_sold(node));
}

TEST_CASE("a node that is killed has what it acknowledged, its reminders among it") {
  TestNode node(guide::host_services);
  hold(node.node());

  node.crash();
  node.start();
  node.clock().advance(15min);

  node.expect_state<guide::SeatState>({"Seat", "7A"}, [](auto seat) { return !seat.hasHeldBy(); });
}

TEST_CASE("a payment waits for nodes that cannot reach each other, and goes through when they can") {
  TestCluster cluster({.nodes = {"a", "b"}, .clients = {"desk"}, .host = guide::host_services});
  const auto seat = cluster.owner_of({"Seat", "7A"}), till = cluster.owner_of({"Till", "main"});
  hold(cluster.node("desk"));
  if (seat.name() != till.name()) cluster.partition("a", "b");
  auto paying = pay(cluster.node("desk")).future();
  cluster.settle();

  cluster.heal();
  cluster.settle();

  (void)paying.get();
  cluster.expect_state<guide::TillState>({"Till", "main"}, [](auto state) { return state.getCents() == 1'500; });
}
