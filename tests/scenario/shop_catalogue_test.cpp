// What the shop sells, as its pages list it; what sold, as its desk sees it.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <troupe/caller.h>

#include <regex>

#include "catalogue.capnp.troupe.h"
#include "catalogue/pictures.h"
#include "lists.h"
#include "opening/picture.h"
#include "reception.capnp.troupe.h"
#include "scenario/opening.h"
#include "scenario/refused.h"
#include "scenario/shop_cluster.h"
#include "story/shopper.h"
#include "views.capnp.troupe.h"

namespace {

using demo::Clerk;
using demo::Patience;
using demo::testing::refused;
using shop::ProductOrder;
using namespace std::chrono_literals;
using Skus = std::vector<std::string>;

struct Shelves {
  Shelves() {
    clerk.offer({"a", "Zebra", "animals", 300});
    clerk.offer({"b", "Ant", "animals", 100});
    clerk.offer({"c", "Mug", "kitchen", 200});
    clerk.restock("a", "first", 5);
    clerk.restock("b", "first", 20);
  }
  demo::testing::ShopCluster cluster{1};
  troupe::Node& node = cluster.client();
  Patience patience;
  Clerk clerk{node, patience};

  template <class Fill>
  auto search(Fill fill) {
    return node.ref<shop::Catalogue>("main").search(fill).get(5s);
  }
  template <class Fill>
  Skus skus(Fill fill) {
    auto page = search(fill);
    Skus skus;
    for (auto entry : page->getEntries()) skus.push_back(demo::to_string(entry.getSku()));
    return skus;
  }
  std::string offer(const std::string& sku, const std::string& name = "A thing") {
    return refused([&] {
      (void)node.ref<shop::Reception>()
          .offer([&](auto p) {
            p.setSku(sku);
            p.setName(name);
            p.setPriceCents(100);
          })
          .get(5s);
    });
  }
  std::string put_picture(std::uint8_t number, const std::string& type, const std::string& bytes) {
    return refused([&] {
      (void)node.ref<shop::Product>("a")
          .putPicture([&](auto p) {
            p.setNumber(number);
            p.setType(type);
            p.setBytes({reinterpret_cast<const capnp::byte*>(bytes.data()), bytes.size()});
          })
          .get(5s);
    });
  }
};

TEST_CASE("products are listed by category and in the order that is asked for, with what is on hand") {
  Shelves shelves;
  const auto by = [&](ProductOrder order) { return shelves.skus([&](auto p) { p.setSort(order); }); };

  CHECK(by(ProductOrder::SKU) == Skus{"a", "b", "c"});
  CHECK(by(ProductOrder::NAME) == Skus{"b", "c", "a"});
  CHECK(by(ProductOrder::PRICE_UP) == Skus{"b", "c", "a"});
  CHECK(by(ProductOrder::PRICE_DOWN) == Skus{"a", "c", "b"});
  CHECK(shelves.skus([](auto p) { p.setCategory("animals"); }) == Skus{"a", "b"});
  CHECK(shelves.skus([](auto p) { p.setText("KITCHEN"); }) == Skus{"c"});
  auto page = shelves.search([](auto p) {
    p.setSort(ProductOrder::PRICE_UP);
    p.setOffset(1);
    p.setLimit(1);
  });
  REQUIRE(page->getEntries().size() == 1);
  CHECK(demo::to_string(page->getEntries()[0].getSku()) == "c");
  CHECK(page->getEntries()[0].getOnHand() == 0);
  CHECK(page->getMore());
  CHECK(page->getTotal() == 3);
  CHECK(at_once(shelves.search([](auto p) { p.setOffset(0xffff'ffff); }))->getEntries().size() == 0);
}

TEST_CASE("a product that is for sale no more leaves lists and categories until it is resumed") {
  Shelves shelves;
  shelves.clerk.discontinue("c");
  const auto categories = [&] {
    auto told = shelves.node.ref<shop::Catalogue>("main").categories().get(5s);
    std::string all;
    for (auto c : told->getCategories())
      all += fmt::format("{} {} ", demo::to_string(c.getCategory()), c.getProducts());
    return all;
  };
  CHECK(shelves.skus([](auto) {}) == Skus{"a", "b"});
  CHECK(shelves.skus([](auto p) { p.setDiscontinuedToo(true); }) == Skus{"a", "b", "c"});
  CHECK(categories() == "animals 2 ");

  (void)shelves.node.ref<shop::Product>("c").resume().get(5s);

  CHECK(categories() == "animals 2 kitchen 1 ");
}

TEST_CASE("what runs low is listed, page by page") {
  Shelves shelves;
  const auto low = [&](std::uint64_t below, const char* after, std::uint32_t limit) {
    return shelves.node.ref<shop::Catalogue>("main")
        .lowStock([&](auto p) {
          p.setBelow(below);
          p.setAfter(after);
          p.setLimit(limit);
        })
        .get(5s);
  };

  CHECK(at_once(low(0, "", 0))->getEntries().size() == 2);
  CHECK(at_once(low(5, "", 0))->getEntries().size() == 1);
  CHECK(at_once(low(21, "", 0))->getEntries().size() == 3);
  auto first = low(21, "", 2);
  CHECK(first->getEntries().size() == 2);
  CHECK(first->getMore());
  auto next = low(21, first->getNext().cStr(), 2);
  REQUIRE(next->getEntries().size() == 1);
  CHECK(demo::to_string(next->getEntries()[0].getSku()) == "c");
  CHECK_FALSE(next->getMore());
}

TEST_CASE("a SKU that could not stand in a path, and a product that says too much, are refused") {
  Shelves shelves;

  for (const char* sku : {"", ".", "..", ".a", "A", "a b", "a/b", "茶"}) {
    CAPTURE(sku);
    CHECK(shelves.offer(sku) == "bad_sku");
  }
  CHECK(shelves.offer(std::string(41, 'a')) == "bad_sku");
  CHECK(shelves.offer(std::string(40, 'a')) == "not refused");
  CHECK(shelves.offer("d", "") == "bad_product");
  CHECK(shelves.offer("d", std::string(201, 'x')) == "bad_product");
  CHECK(shelves.offer("a") == "product_exists");
}

TEST_CASE("a product changes in what is told, and keeps the rest") {
  Shelves shelves;
  const auto product = shelves.node.ref<shop::Product>("a");
  (void)product
      .update([](auto p) {
        p.setNameZh("斑马");
        p.setDescription("Striped.");
      })
      .get(5s);
  (void)product.update([](auto p) { p.setPriceCents(350); }).get(5s);

  auto shown = product.show().get(5s);

  CHECK(demo::to_string(shown->getName()) == "Zebra");
  CHECK(demo::to_string(shown->getNameZh()) == "斑马");
  CHECK(demo::to_string(shown->getDescription()) == "Striped.");
  CHECK(shown->getPriceCents() == 350);
  CHECK(shown->getOnHand() == 5);
  CHECK(shelves.skus([](auto p) { p.setText("斑"); }) == Skus{"a"});
  (void)product.update([](auto p) { p.setDescription(""); }).get(5s);
  CHECK(at_once(product.show().get(5s))->getDescription().size() == 0);
}

TEST_CASE("a picture is what its type says, within limits, and comes back as it was") {
  Shelves shelves;
  const auto drawn = demo::draw_goods(demo::Motif::cup, 0x5f9e5a);
  CHECK(demo::is_picture("image/png", drawn));
  CHECK(drawn.size() < 64 * 1024);
  CHECK(drawn == demo::draw_goods(demo::Motif::cup, 0x5f9e5a));

  CHECK(shelves.put_picture(1, "image/png", drawn) == "not refused");
  CHECK(shelves.put_picture(6, "image/jpeg", "\xff\xd8\xff\xe0 and more") == "not refused");
  CHECK(shelves.put_picture(0, "image/png", drawn) == "bad_picture");
  CHECK(shelves.put_picture(7, "image/png", drawn) == "bad_picture");
  CHECK(shelves.put_picture(255, "image/png", drawn) == "bad_picture");
  CHECK(shelves.put_picture(2, "image/png", "") == "bad_picture");
  CHECK(shelves.put_picture(2, "image/jpeg", drawn) == "bad_picture");
  CHECK(shelves.put_picture(2, "image/svg+xml", "<svg/>") == "bad_picture");
  CHECK(shelves.put_picture(2, "text/html", drawn) == "bad_picture");
  CHECK(shelves.put_picture(2, "image/png", drawn + std::string(demo::kLargestPicture, 'x')) == "bad_picture");

  const auto product = shelves.node.ref<shop::Product>("a");
  auto picture = product.picture([](auto p) { p.setNumber(1); }).get(5s);
  CHECK(demo::to_string(picture->getType()) == "image/png");
  CHECK(picture->getBytes().size() == drawn.size());
  auto listed = shelves.search([](auto p) { p.setLimit(1); });
  CHECK(listed->getEntries()[0].getPictures().size() == 2);
  (void)product.removePicture([](auto p) { p.setNumber(1); }).get(5s);
  (void)product.removePicture([](auto p) { p.setNumber(1); }).get(5s);
  CHECK(refused([&] { (void)product.picture([](auto p) { p.setNumber(1); }).get(5s); }) == "no_such_picture");
  CHECK(at_once(product.show().get(5s))->getPictures().size() == 1);
}

TEST_CASE("every motif is drawn, and each differs from the others") {
  std::vector<std::string> drawn;
  for (int motif = 0; motif <= static_cast<int>(demo::Motif::rings); ++motif)
    drawn.push_back(demo::draw_goods(static_cast<demo::Motif>(motif), 0x3f78b5));
  for (std::size_t i = 0; i < drawn.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) CHECK(drawn[i] != drawn[j]);
}

TEST_CASE("sales are counted by day, what is cancelled on the day it is") {
  demo::testing::ShopCluster cluster(1);
  demo::testing::open(cluster.client());
  Patience patience;
  demo::Shopper anna(cluster.client(), "anna", patience);
  for (const char* order : {"o-1", "o-2"}) {
    anna.put("tea", 2);
    (void)anna.check_out(order, "home");
    (void)anna.place(order);
  }
  anna.cancel("o-2");
  const auto sales = cluster.client().ref<shop::ProductSales>("main");
  const auto days = [&](const char* from, const char* to) {
    return sales
        .days([&](auto p) {
          p.setFrom(from);
          p.setTo(to);
        })
        .get(5s);
  };
  const auto heard = [&] {
    auto told = days("", "");
    return told->getDays().size() == 1 && told->getDays()[0].getCancelledOrders() == 1;
  };

  REQUIRE(cluster.eventually(heard));
  auto told = days("", "");
  const auto day = told->getDays()[0];
  CHECK(day.getOrders() == 2);
  CHECK(day.getQuantity() == 4);
  CHECK(day.getCents() == 2'000);
  CHECK(day.getCancelledCents() == 1'000);
  CHECK(std::regex_match(day.getDay().cStr(), std::regex(R"(\d{4}-\d\d-\d\d)")));
  CHECK(at_once(days("1970-01-01", "1970-01-02"))->getDays().size() == 0);
  CHECK(at_once(days("2026-01-02", "2026-01-01"))->getDays().size() == 0);
  for (const char* wrong :
       {"2026-13-01", "2026-02-30", "20261130", "2026-1-30", "yesterday", "2026-11-30x", "----------"}) {
    CAPTURE(wrong);
    CHECK(refused([&] { (void)days(wrong, ""); }) == "bad_day");
  }
}

}  // namespace
