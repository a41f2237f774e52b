// From a cart to an order, as people do it: who asks is known, and the order's id is the request's.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <troupe/caller.h>
#include <troupe/testing.h>

#include "audit/books.h"
#include "cart.capnp.troupe.h"
#include "orders.capnp.troupe.h"
#include "payments.capnp.troupe.h"
#include "scenario/opening.h"
#include "scenario/refused.h"
#include "scenario/shop_cluster.h"
#include "story/shopper.h"
#include "users.capnp.troupe.h"
#include "views.capnp.troupe.h"

namespace {

using demo::Clerk;
using demo::Patience;
using demo::Shopper;
using demo::testing::refused;
using shop::OrderStatus;
using namespace std::chrono_literals;

// One node that can be killed, ten teas, and Anna with 100.00 and three of them in her cart.
struct Till {
  Till() {
    open();
    demo::testing::open(node(), {.teas = 10, .cents = 10'000});
    anna().put("tea", 3);
  }
  void open() {
    bed.start();
    demo::prepare_shop(node(), 20s);
  }
  troupe::Node& node() { return bed.node(); }
  Shopper anna() { return Shopper(node(), "anna", patience); }
  std::uint64_t teas() { return Clerk(node(), patience).level("tea").on_hand; }

  auto begin(const std::string& user, const std::string& order, std::uint64_t total = 0) {
    const troupe::CallerScope scope({.name = user});
    return node().ref<shop::Order>(order).checkOut([&](auto p) {
      p.setAddress("1 Elm Street");
      p.setTotalCents(total);
    });
  }
  auto order(const std::string& user, const std::string& order, std::uint64_t total = 0) {
    return begin(user, order, total).get(20s);
  }
  // As that user sees it.
  auto view(const std::string& user, const std::string& order) {
    const troupe::CallerScope scope({.name = user});
    return node().ref<shop::Order>(order).view().get(5s);
  }
  std::uint32_t in_cart() { return at_once(node().ref<shop::Cart>("anna").show().get(5s))->getCount(); }
  void behave(std::uint32_t refuse_percent, std::uint32_t delay_ms) {
    (void)node()
        .ref<shop::Payments>("main")
        .behave([&](auto p) {
          p.setRefusePercent(refuse_percent);
          p.setDelayMs(delay_ms);
        })
        .get(5s);
  }

  Patience patience;
  troupe::testing::TestNode bed{{.host = demo::testing::host_all, .time = troupe::testing::Time::runs}};
};

TEST_CASE("a cart becomes an order that is confirmed, with names and prices, and is empty then") {
  Till till;

  auto done = till.order("anna", "o-1", 1'500);

  CHECK(done->getStatus() == OrderStatus::CONFIRMED);
  CHECK(done->getTotalCents() == 1'500);
  CHECK(till.in_cart() == 0);
  CHECK(till.teas() == 7);
  CHECK(till.anna().balance() == 8'500);
  auto seen = till.view("anna", "o-1");
  REQUIRE(seen->getLines().size() == 1);
  CHECK(std::string(seen->getLines()[0].getName().cStr()) == "Tea");
  CHECK(seen->getCreatedMs() > 0);
  CHECK(seen->getEndedMs() == 0);
  CHECK(demo::mismatches(demo::collect(till.node())).empty());
}

TEST_CASE("an order that is asked for again tells what became of it, and takes nothing more") {
  Till till;
  (void)till.order("anna", "o-1");
  till.anna().put("tea", 2);

  auto again = till.order("anna", "o-1");

  CHECK(again->getStatus() == OrderStatus::CONFIRMED);
  CHECK(again->getTotalCents() == 1'500);
  CHECK(till.in_cart() == 2);
  CHECK(till.anna().balance() == 8'500);
}

TEST_CASE("two orders of one cart at once are one order, and one that finds its goods gone") {
  Till till;

  auto first = till.begin("anna", "o-1");
  auto second = till.begin("anna", "o-2");
  auto one = std::move(first).get(20s);
  std::string other;
  try {
    auto two = std::move(second).get(20s);
    other = two->getReason().cStr();
    CHECK((one->getStatus() == OrderStatus::CONFIRMED) != (two->getStatus() == OrderStatus::CONFIRMED));
  } catch (const troupe::Error& error) {
    other = error.code();
  }

  CHECK((other == "cart_changed" || other == "cart_empty" || std::string(one->getReason().cStr()) == "cart_changed"));
  CHECK(till.anna().balance() == 8'500);
  CHECK(till.in_cart() == 0);
}

TEST_CASE("a refused order puts its goods back into the cart, and its news is heard at the desk") {
  Till till;
  till.behave(100, 0);

  auto done = till.order("anna", "o-1");

  CHECK(done->getStatus() == OrderStatus::REFUSED);
  CHECK(std::string(done->getReason().cStr()) == "payment_refused");
  till.anna().settle("o-1");
  CHECK(till.in_cart() == 3);
  CHECK(till.teas() == 10);
  CHECK(till.anna().balance() == 10'000);
  CHECK(demo::mismatches(demo::collect(till.node())).empty());

  till.behave(0, 0);
  CHECK(at_once(till.order("anna", "o-2"))->getStatus() == OrderStatus::CONFIRMED);
}

TEST_CASE("how payments behave may be told for one account, and what cannot be is refused") {
  Till till;
  const auto account = till.node().ref<shop::Account>("anna");
  (void)account.behave([](auto p) { p.setRefusePercent(100); }).get(5s);
  CHECK(at_once(till.order("anna", "o-1"))->getStatus() == OrderStatus::REFUSED);
  till.anna().settle("o-1");

  (void)account.behaveAsAll().get(5s);
  CHECK(at_once(till.order("anna", "o-2"))->getStatus() == OrderStatus::CONFIRMED);

  CHECK(refused([&] { till.behave(101, 0); }) == "bad_behaviour");
  CHECK(refused([&] { till.behave(0, 20'001); }) == "bad_behaviour");
  CHECK(refused([&] { till.behave(0xffff'ffff, 0xffff'ffff); }) == "bad_behaviour");
  till.behave(100, 20'000);
}

TEST_CASE("an order whose payment is slow is being placed, and is confirmed when the payment has come") {
  Till till;
  till.behave(0, 20'000);
  auto asked = till.begin("anna", "o-1");
  const auto status = [&] { return at_once(till.view("anna", "o-1"))->getStatus(); };
  REQUIRE(troupe::testing::eventually([&] {
    try {
      return status() == OrderStatus::PLACING;
    } catch (const troupe::Error&) {
      return false;
    }
  }));

  till.bed.clock().advance(4s);
  CHECK(at_once(std::move(asked).get(20s))->getStatus() == OrderStatus::PLACING);

  REQUIRE(troupe::testing::eventually([&] {
    till.bed.clock().advance(5s);
    return status() == OrderStatus::CONFIRMED;
  }));
  CHECK(till.anna().balance() == 8'500);
}

TEST_CASE("an order that cannot be is refused, and nothing is taken") {
  Till till;

  CHECK(refused([&] { (void)till.order("anna", "o-1", 1'499); }) == "price_changed");
  CHECK(refused([&] { (void)till.order("ben", "o-2"); }) == "cart_empty");
  CHECK(refused([&] { (void)till.node().ref<shop::Order>("o-3").checkOut([](auto) {}).get(5s); }) == "unauthenticated");
  const auto nowhere = [&] {
    const troupe::CallerScope scope({.name = "anna"});
    (void)till.node().ref<shop::Order>("o-4").checkOut([](auto) {}).get(5s);
  };
  CHECK(refused(nowhere) == "no_address");
  const auto far = [&] {
    const troupe::CallerScope scope({.name = "anna"});
    (void)till.node().ref<shop::Order>("o-5").checkOut([](auto p) { p.setAddress(std::string(501, 'x')); }).get(5s);
  };
  CHECK(refused(far) == "no_address");
  Clerk(till.node(), till.patience).discontinue("tea");
  CHECK(refused([&] { (void)till.order("anna", "o-6"); }) == "not_on_sale");

  CHECK(till.in_cart() == 3);
  CHECK(till.teas() == 10);
  CHECK(refused([&] { (void)till.view("anna", "o-1"); }) == "no_such_order");
}

TEST_CASE("an order is there for whose it is and for admins, and for nobody else") {
  Till till;
  (void)till.order("anna", "o-1");
  const auto order = till.node().ref<shop::Order>("o-1");
  const auto as = [&](const troupe::Caller& caller, auto call) {
    return refused([&] {
      const troupe::CallerScope scope(caller);
      (void)call().get(5s);
    });
  };
  const auto all = [&](const troupe::Caller& caller) {
    CHECK(as(caller, [&] { return order.view(); }) == "no_such_order");
    CHECK(as(caller, [&] { return order.progress(); }) == "no_such_order");
    CHECK(as(caller, [&] { return order.update([](auto p) { p.setAddress("away"); }); }) == "no_such_order");
    CHECK(as(caller, [&] { return order.cancel(); }) == "no_such_order");
    CHECK(as(caller, [&] { return order.remove(); }) == "no_such_order");
    CHECK(as(caller, [&] { return order.checkOut([](auto p) { p.setAddress("away"); }); }) == "no_such_order");
  };

  all({.name = "ben"});
  all({.name = "ben", .roles = "clerk"});

  const troupe::Caller admin{.name = "admin", .roles = "admin"};
  CHECK(as(admin, [&] { return order.view(); }) == "not refused");
  CHECK(as(admin, [&] { return order.remove(); }) == "denied");
  CHECK(as({.name = "ben"}, [&] { return order.ship(); }) == "denied");
  CHECK(as(admin, [&] { return order.ship(); }) == "not refused");
}

TEST_CASE("an order is changed until it is shipped, and leaves its user's list when it has ended") {
  Till till;
  (void)till.order("anna", "o-1");
  const troupe::CallerScope scope({.name = "anna"});
  const auto order = till.node().ref<shop::Order>("o-1");
  const auto listed = [&] {
    auto mine = till.node().ref<shop::OrderBook>("anna").mine([](auto) {}).get(5s);
    return mine->getOrders().size();
  };

  (void)order.update([](auto p) { p.setAddress("2 Elm Street"); }).get(5s);
  CHECK(std::string(at_once(order.view().get(5s))->getAddress().cStr()) == "2 Elm Street");
  CHECK(refused([&] { (void)order.update([](auto) {}).get(5s); }) == "no_address");
  CHECK(refused([&] { (void)order.remove().get(5s); }) == "not_ended");
  CHECK(at_once(order.cancel().get(5s))->getStatus() == OrderStatus::CANCELLED);
  CHECK(refused([&] { (void)order.update([](auto p) { p.setAddress("3 Elm Street"); }).get(5s); }) == "too_late");
  CHECK(listed() == 1);

  (void)order.remove().get(5s);
  (void)order.remove().get(5s);

  CHECK(listed() == 0);
  CHECK(at_once(order.view().get(5s))->getEndedMs() > 0);
}

TEST_CASE("one's orders come the latest first, by status, page by page") {
  Till till;
  for (int i = 0; i < 7; ++i) {
    till.anna().put("tea", 1);
    (void)till.order("anna", fmt::format("o-{}", i));
    if (i % 2 == 0) till.anna().cancel(fmt::format("o-{}", i));
  }
  const auto book = till.node().ref<shop::OrderBook>("anna");
  const auto page = [&](OrderStatus status, std::uint32_t before, std::uint32_t limit) {
    return book
        .mine([&](auto p) {
          p.setStatus(status);
          p.setBefore(before);
          p.setLimit(limit);
        })
        .get(5s);
  };
  const auto ids = [](const auto& told) {
    std::vector<std::string> all;
    for (auto order : told->getOrders()) all.emplace_back(order.getOrder().cStr());
    return all;
  };
  using Ids = std::vector<std::string>;

  auto first = page(OrderStatus::NONE, 0, 3);
  CHECK(ids(first) == Ids{"o-6", "o-5", "o-4"});
  CHECK(first->getMore());
  auto second = page(OrderStatus::NONE, first->getNext(), 3);
  CHECK(ids(second) == Ids{"o-3", "o-2", "o-1"});
  auto last = page(OrderStatus::NONE, second->getNext(), 3);
  CHECK(ids(last) == Ids{"o-0"});
  CHECK_FALSE(last->getMore());
  CHECK(ids(page(OrderStatus::CONFIRMED, 0, 0)) == Ids{"o-5", "o-3", "o-1"});
  CHECK(ids(page(OrderStatus::CANCELLED, 0, 1)) == Ids{"o-6"});
  CHECK(ids(page(OrderStatus::SHIPPED, 0, 0xffff'ffff)) == Ids{});
  CHECK(ids(page(OrderStatus::NONE, 0xffff'ffff, 0xffff'ffff)).size() == 7);

  const auto desk = [&](OrderStatus status, const char* user) {
    auto told = till.node()
                    .ref<shop::OrderDesk>("main")
                    .list([&](auto p) {
                      p.setStatus(status);
                      p.setUser(user);
                    })
                    .get(5s);
    return told->getOrders().size();
  };
  CHECK(troupe::testing::eventually([&] { return desk(OrderStatus::CANCELLED, "anna") == 4; }));
  CHECK(desk(OrderStatus::NONE, "") == 7);
  CHECK(desk(OrderStatus::NONE, "ben") == 0);
}

TEST_CASE("an order of a cart is there whole or not at all, whenever its node dies, and charged once") {
  Till till;
  till.anna().deposit("more", 100'000);
  Clerk(till.node(), till.patience).restock("tea", "more", 1'000);
  constexpr int kOrders = 16;
  for (int i = 0; i < kOrders; ++i) {
    const auto id = fmt::format("o-{}", i);
    till.anna().put("tea", 1);
    till.begin("anna", id).forget();
    for (int look = 0; look < 2 * i; ++look) (void)till.node().ref<shop::Cart>("anna").view().get(5s);
    till.bed.crash();
    till.open();
    // Who got no answer asks again, with the same key.
    CHECK(at_once(till.order("anna", id))->getStatus() == OrderStatus::CONFIRMED);
  }

  const auto books = demo::collect(till.node());

  CHECK(demo::mismatches(books).empty());
  CHECK(books.orders.size() == kOrders);
  CHECK(till.anna().balance() == 110'000 - kOrders * 500);
}

}  // namespace
