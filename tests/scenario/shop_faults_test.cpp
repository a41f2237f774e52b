// What goes wrong around an order, and what the books say of it: answers that are lost, turns that crash, nodes that
// are parted, a disk that fails.
#include <doctest/doctest.h>

#include "audit/books.h"
#include "orders.capnp.troupe.h"
#include "scenario/opening.h"
#include "scenario/shop_cluster.h"
#include "story/shopper.h"

namespace {

using demo::Clerk;
using demo::Patience;
using demo::Shopper;
using shop::OrderStatus;
using troupe::testing::Loss;
using namespace std::chrono_literals;

// A hundred teas at 5.00 on two nodes, and Anna with three of them in an order and money for it.
struct ShopOfTwo {
  ShopOfTwo() {
    demo::testing::open(cluster.client(), {.teas = 100, .cents = 10'000});
    auto shopper = anna();
    shopper.put("tea", 3);
    (void)shopper.check_out("o", "home");
  }
  Shopper anna() { return Shopper(cluster.client(), "anna", patience); }
  // Sold once, charged once, and every book says so.
  void is_as_it_should_be() {
    CHECK(demo::mismatches(demo::collect(cluster.client())).empty());
    CHECK(Clerk(cluster.client(), patience).level("tea").reserved == 3);
    CHECK(anna().balance() == 8'500);
  }
  demo::testing::ShopCluster cluster{2};
  Patience patience;
};

TEST_CASE("an order whose answers are lost on their way reserves once and charges once") {
  ShopOfTwo shop;
  shop.cluster.messages().drop_next(2, {.service = "Stock", .method = "reserve"}, Loss::answer);
  shop.cluster.messages().drop_next(2, {.service = "Account", .method = "charge"}, Loss::answer);

  CHECK(shop.anna().place("o").status == OrderStatus::CONFIRMED);

  CHECK(shop.cluster.messages().lost() == 4);
  shop.is_as_it_should_be();
}

TEST_CASE("an order, a stock and an account that crash in their turns end with one sale") {
  ShopOfTwo shop;
  for (const char* service : {"Order", "Stock", "Account"})
    shop.cluster.crash_next_turn({service, std::string(service) == "Order"   ? "o"
                                           : std::string(service) == "Stock" ? "tea"
                                                                             : "anna"});

  CHECK(shop.anna().place("o").status == OrderStatus::CONFIRMED);

  CHECK(shop.cluster.crashes_pending() == 0);
  shop.is_as_it_should_be();
}

TEST_CASE("an order whose account cannot be reached is placed when it can") {
  ShopOfTwo shop;
  shop.cluster.isolate(shop.cluster.owner_of({"Account", "anna"}).name());
  auto placing = shop.cluster.client().ref<shop::Order>("o").place().future();
  shop.cluster.settle();
  CHECK(placing.wait_for(0s) == std::future_status::timeout);

  shop.cluster.heal();

  CHECK(at_once(placing.get())->getStatus() == OrderStatus::CONFIRMED);
  shop.is_as_it_should_be();
}

TEST_CASE("an order whose account's disk fails is placed when that node is back") {
  ShopOfTwo shop;
  auto member = shop.cluster.owner_of({"Account", "anna"});
  member.disk().fail_commits(1);
  shop.cluster.client().ref<shop::Order>("o").place().forget();
  CHECK(troupe::testing::eventually([&] { return !member.node().health().good(); }, 60s));

  member.restart();

  CHECK(shop.anna().place("o").status == OrderStatus::CONFIRMED);
  shop.is_as_it_should_be();
}

TEST_CASE("an order that was passivated in the middle of its life goes on") {
  ShopOfTwo shop;
  for (const auto& actor : {troupe::testing::ActorName("Order", "o"), troupe::testing::ActorName("Stock", "tea"),
                            troupe::testing::ActorName("Account", "anna")})
    CHECK(shop.cluster.evict(actor));

  CHECK(shop.anna().place("o").status == OrderStatus::CONFIRMED);
  shop.is_as_it_should_be();
}

}  // namespace
