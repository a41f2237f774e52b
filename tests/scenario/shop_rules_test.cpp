// The rules that make a retry safe, each tried by asking again under a new request id: what the runtime's remembered
// replies do not cover.
#include <doctest/doctest.h>

#include "audit/books.h"
#include "cart.capnp.troupe.h"
#include "orders.capnp.troupe.h"
#include "payments.capnp.troupe.h"
#include "scenario/opening.h"
#include "scenario/shop_cluster.h"
#include "stock.capnp.troupe.h"
#include "story/shopper.h"
#include "users.capnp.troupe.h"
#include "views.capnp.troupe.h"

namespace {

using demo::Clerk;
using demo::Patience;
using demo::Shopper;
using shop::OrderStatus;
using namespace std::chrono_literals;

// A single node with ten teas, and Anna with 100.00 and three of them in her cart.
struct TeaShop {
  TeaShop() {
    demo::testing::open(node, {.teas = 10, .cents = 10'000});
    anna.put("tea", 3);
  }
  demo::testing::ShopCluster cluster{1};
  troupe::Node& node = cluster.client();
  Patience patience;
  Clerk clerk{node, patience};
  Shopper anna{node, "anna", patience};

  void charge(const std::string& order, std::uint64_t cents) {
    (void)node.ref<shop::Account>("anna")
        .charge([&](auto p) {
          p.setOrder(order);
          p.setCents(cents);
        })
        .get(5s);
  }
  void reserve(const std::string& order, std::uint32_t quantity) {
    (void)node.ref<shop::Stock>("tea")
        .reserve([&](auto p) {
          p.setOrder(order);
          p.setQuantity(quantity);
        })
        .get(5s);
  }
};

template <class Attempt>
std::string refusal_of(Attempt attempt) {
  try {
    attempt();
  } catch (const troupe::Error& e) {
    return e.code();
  }
  return "not refused";
}

TEST_CASE("an order that is placed twice is reserved once and charged once") {
  TeaShop shop;
  (void)shop.anna.check_out("o", "home");

  const auto first = shop.anna.place("o");
  const auto second = shop.anna.place("o");

  CHECK(first.status == OrderStatus::CONFIRMED);
  CHECK(second.status == OrderStatus::CONFIRMED);
  CHECK(shop.clerk.level("tea").reserved == 3);
  CHECK(shop.anna.balance() == 8'500);
}

TEST_CASE("a place that was cut off after its reservations and its charge finds them again") {
  TeaShop shop;
  (void)shop.anna.check_out("o", "home");
  shop.reserve("o", 3);  // what a turn had done that then lost its commit
  shop.charge("o", 1'500);

  const auto placed = shop.anna.place("o");

  CHECK(placed.status == OrderStatus::CONFIRMED);
  CHECK(shop.clerk.level("tea").reserved == 3);
  CHECK(shop.anna.balance() == 8'500);
}

TEST_CASE("a draft whose place was cut off gives everything back when it is cancelled") {
  TeaShop shop;
  (void)shop.anna.check_out("o", "home");
  shop.reserve("o", 3);
  shop.charge("o", 1'500);

  shop.anna.cancel("o");
  shop.anna.settle("o");

  CHECK(shop.clerk.level("tea").on_hand == 10);
  CHECK(shop.anna.balance() == 10'000);
  CHECK(shop.anna.place("o").status == OrderStatus::CANCELLED);
  CHECK(refusal_of([&] { shop.reserve("o", 3); }) == "order_closed");
  CHECK(refusal_of([&] { shop.charge("o", 1'500); }) == "order_closed");
}

TEST_CASE("what an order sells is sold once") {
  TeaShop shop;
  (void)shop.anna.check_out("o", "home");
  (void)shop.anna.place("o");

  shop.clerk.ship("o");
  shop.anna.settle("o");
  shop.clerk.ship("o");
  shop.anna.settle("o");

  CHECK(shop.clerk.level("tea").sold == 3);
  CHECK(shop.clerk.level("tea").on_hand == 7);
  CHECK(refusal_of([&] { shop.anna.cancel("o"); }) == "too_late");
}

TEST_CASE("an order settles by itself, unasked") {
  TeaShop shop;
  (void)shop.anna.check_out("o", "home");
  (void)shop.anna.place("o");
  shop.clerk.ship("o");

  CHECK(shop.cluster.eventually([&] { return shop.clerk.level("tea").sold == 3; }));
}

TEST_CASE("a delivery and a deposit that are told twice are booked once") {
  TeaShop shop;

  shop.clerk.restock("tea", "first", 10);
  shop.anna.deposit("first", 10'000);

  CHECK(shop.clerk.level("tea").received == 10);
  CHECK(shop.anna.balance() == 10'000);
}

TEST_CASE("a checkout whose answer was lost finds its order and its empty cart") {
  TeaShop shop;

  const auto first = shop.anna.check_out("o", "home");
  const auto again = shop.anna.check_out("o", "home");

  CHECK(first == 1'500);
  CHECK(again == 1'500);
  CHECK(refusal_of([&] { (void)shop.anna.check_out("another", "home"); }) == "cart_empty");
}

TEST_CASE("an order's id belongs to whoever used it first") {
  TeaShop shop;
  (void)shop.anna.check_out("o", "home");
  Shopper ben(shop.node, "ben", shop.patience);
  ben.put("tea", 1);

  CHECK(refusal_of([&] { (void)ben.check_out("o", "away"); }) == "order_exists");
}

TEST_CASE("stock and cart refuse what they cannot book") {
  TeaShop shop;

  CHECK(refusal_of([&] { shop.clerk.restock("unknown", "first", 1); }) == "no_such_product");
  CHECK(refusal_of([&] { shop.clerk.restock("tea", "second", 0); }) == "bad_quantity");
  CHECK(refusal_of([&] { shop.reserve("o", 11); }) == "out_of_stock");
  CHECK(refusal_of([&] { shop.anna.put("tea", 1'001); }) == "bad_quantity");
  CHECK(refusal_of([&] { shop.anna.put("unknown", 1); }) == "no_such_product");
  CHECK(refusal_of([&] { shop.charge("o", 10'001); }) == "insufficient_funds");
}

TEST_CASE("a log-in ends when its user logs out, and a short password opens none") {
  TeaShop shop;
  const auto tokens = shop.anna.log_in("correct horse");
  CHECK(shop.anna.is_known_by(tokens.access));
  const auto next = shop.anna.refresh(tokens.refresh);

  shop.anna.log_out(next.refresh);

  CHECK(refusal_of([&] { (void)shop.anna.refresh(next.refresh); }) == "invalid_grant");
  CHECK(refusal_of([&] { (void)shop.anna.log_in("wrong horse"); }) == "bad_credentials");
  Shopper ben(shop.node, "ben", shop.patience);
  CHECK_FALSE(ben.is_known_by(next.access));
  CHECK(refusal_of([&] { ben.sign_up("short", "Ben"); }) == "weak_password");
}

TEST_CASE("a cart that nobody touches is emptied when its time has passed, and not before") {
  TeaShop shop;
  const auto cart = shop.node.ref<shop::Cart>("anna");
  auto before = cart.view().get(5s);
  CHECK(before->getItems().size() == 1);
  CHECK(before->getKeptUntilMs() > 0);

  (void)cart.keepFor([](auto p) { p.setMilliseconds(1'000 * 60 * 60 * 24); }).get(5s);
  shop.cluster.clock().advance(23h);
  CHECK(at_once(cart.view().get(5s))->getItems().size() == 1);

  shop.cluster.clock().advance(1h);

  CHECK(at_once(cart.view().get(5s))->getItems().size() == 0);
  CHECK(refusal_of([&] { (void)cart.keepFor([](auto p) { p.setMilliseconds(1); }).get(5s); }) == "bad_time");
}

TEST_CASE("the views know what sells and what a user has ordered, from events alone") {
  TeaShop shop;
  (void)shop.anna.check_out("o-1", "home");
  (void)shop.anna.place("o-1");
  shop.anna.put("tea", 1);
  (void)shop.anna.check_out("o-2", "home");
  (void)shop.anna.place("o-2");
  shop.anna.cancel("o-2");
  shop.clerk.ship("o-1");

  const auto books = demo::collect(shop.node);

  CHECK(demo::mismatches(books).empty());
  REQUIRE(books.sales.size() == 1);
  CHECK(books.sales[0] == demo::SaleRow{"tea", 3, 1'500});
  CHECK(books.history == std::vector<demo::HistoryRow>{{"anna", "o-1", OrderStatus::SHIPPED, 1'500}});
  const auto sales = shop.node.ref<shop::ProductSales>("main");
  const auto history = shop.node.ref<shop::OrderHistory>("anna");
  const auto heard_all = [&] {
    auto orders = history.list([](auto) {}).get(5s);
    bool cancelled = false;
    for (auto order : orders->getOrders()) cancelled = cancelled || order.getStatus() == OrderStatus::CANCELLED;
    return cancelled && orders->getOrders().size() == 2 &&
           at_once(sales.bestSellers([](auto) {}).get(5s))->getProducts()[0].getSale().getCancelled() == 1;
  };
  CHECK(shop.cluster.eventually(heard_all));
}

}  // namespace
