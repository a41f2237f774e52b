// Placing an order is a saga: whoever dies or goes away, an order is neither reserved for ever nor charged twice.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <troupe/testing.h>

#include "audit/books.h"
#include "orders.capnp.troupe.h"
#include "payments.capnp.troupe.h"
#include "scenario/opening.h"
#include "scenario/shop_cluster.h"
#include "stock.capnp.troupe.h"
#include "story/shopper.h"

namespace {

using demo::Clerk;
using demo::Patience;
using demo::Shopper;
using shop::OrderStatus;
using namespace std::chrono_literals;

// One node that can be killed. A thousand teas and mugs, and Anna with a lot of money.
struct MortalShop {
  MortalShop() {
    open();
    demo::testing::open(node(), {.mugs = 1'000});
  }
  void open() {
    bed.start();
    demo::prepare_shop(node(), 20s);
  }
  void kill() { bed.crash(); }
  troupe::Node& node() { return bed.node(); }
  Shopper anna() { return Shopper(node(), "anna", patience); }
  void draft(const std::string& order) {
    auto shopper = anna();
    shopper.put("tea", 3);
    shopper.put("mug", 1);
    (void)shopper.check_out(order, "home");
  }
  Patience patience;
  troupe::testing::TestNode bed{{.host = demo::testing::host_all, .time = troupe::testing::Time::runs}};
};

TEST_CASE("an order whose caller went away is placed or untouched, whenever its node dies") {
  MortalShop shop;
  constexpr int kOrders = 24;
  for (int i = 0; i < kOrders; ++i) {
    const auto id = fmt::format("o-{}", i);
    shop.draft(id);
    shop.node().ref<shop::Order>(id).place().forget();
    // Each look is a call: the node dies a little later every time.
    for (int look = 0; look < i; ++look) (void)shop.node().ref<shop::Order>(id).view().get(5s);
    shop.kill();
    shop.open();
  }

  const auto books = demo::collect(shop.node());

  CHECK(demo::mismatches(books).empty());
  REQUIRE(books.orders.size() == kOrders);
  for (const auto& order : books.orders) {
    CAPTURE(order.id);
    CHECK((order.status == OrderStatus::CONFIRMED || order.status == OrderStatus::DRAFT));
    CHECK(order.settled);
  }
}

TEST_CASE("an order whose node was away is placed, though stock has forgotten what it answered") {
  MortalShop shop;
  constexpr int kMostOrders = 200, kWanted = 3, kOthers = 300;  // more than stock remembers
  int orders = 0, asked_anew = 0;

  for (; orders < kMostOrders && asked_anew < kWanted; ++orders) {
    const auto id = fmt::format("o-{}", orders);
    shop.draft(id);
    shop.node().ref<shop::Order>(id).place().forget();
    for (int look = 0; look < orders % 16; ++look) (void)shop.node().ref<shop::Order>(id).view().get(5s);
    shop.kill();
    shop.open();
    const auto stock = shop.node().ref<shop::Stock>("tea");
    std::vector<troupe::Call<shop::Stock::ReleaseResults>> others;
    for (int i = 0; i < kOthers; ++i)
      others.push_back(stock.release([&](auto p) { p.setOrder(fmt::format("other-{}-{}", orders, i)); }));
    for (auto& other : others) (void)std::move(other).get(5s);

    const auto placed = shop.anna().place(id);

    CAPTURE(id);
    REQUIRE(placed.status == OrderStatus::CONFIRMED);
    auto progress = shop.node().ref<shop::Order>(id).progress().get(5s);
    for (auto step : progress->getSaga().getFinished())
      if (std::string(step.getName().cStr()) == "reserve tea" && step.getAttempts() > 1) ++asked_anew;
  }

  CHECK(asked_anew == kWanted);
  CHECK(demo::mismatches(demo::collect(shop.node())).empty());
  CHECK(Clerk(shop.node(), shop.patience).level("tea").on_hand == 1'000 - 3u * static_cast<unsigned>(orders));
}

TEST_CASE("the journal of a placed order has a row for each step, and says when") {
  MortalShop shop;
  shop.draft("o");

  CHECK(shop.anna().place("o").status == OrderStatus::CONFIRMED);

  auto progress = shop.node().ref<shop::Order>("o").progress().get(5s);
  std::vector<std::string> steps;
  for (auto step : progress->getSaga().getFinished()) {
    steps.emplace_back(step.getName().cStr());
    CHECK(step.getFinishedMs() >= progress->getSaga().getStartedMs());
  }
  CHECK(steps == std::vector<std::string>{"reserve tea", "reserve mug", "charge", "confirm"});
}

TEST_CASE("a refused charge releases the stock, and the journal says what was undone") {
  MortalShop shop;
  auto ben = Shopper(shop.node(), "ben", shop.patience);
  ben.put("tea", 3);
  (void)ben.check_out("o", "home");

  const auto placed = ben.place("o");
  ben.settle("o");

  CHECK(placed.status == OrderStatus::REFUSED);
  CHECK(placed.reason == "insufficient_funds");
  CHECK(Clerk(shop.node(), shop.patience).level("tea").on_hand == 1'000);
  auto progress = shop.node().ref<shop::Order>("o").progress().get(5s);
  const auto finished = progress->getSaga().getFinished();
  REQUIRE(finished.size() == 2);
  CHECK(finished[0].getUndoneMs() != 0);
  CHECK(std::string(finished[1].getFailure().getCode().cStr()) == "insufficient_funds");
}

TEST_CASE("an order that is cancelled while it is placed ends as cancelled, and the books agree") {
  MortalShop shop;
  for (int i = 0; i < 10; ++i) {
    const auto id = fmt::format("o-{}", i);
    shop.draft(id);
    const auto order = shop.node().ref<shop::Order>(id);
    auto placing = order.place();
    for (int look = 0; look < i; ++look) (void)order.view().get(5s);
    (void)order.cancel().get(5s);
    (void)std::move(placing).get(20s);
    (void)order.settle().get(20s);
    auto view = order.view().get(5s);

    CHECK(view->getStatus() == OrderStatus::CANCELLED);
    CHECK(view->getSettled());
  }
  CHECK(demo::mismatches(demo::collect(shop.node())).empty());
  CHECK(Clerk(shop.node(), shop.patience).level("tea").on_hand == 1'000);
  CHECK(shop.anna().balance() == 1'000'000);
}

}  // namespace
