// Place is configuration: the same script, the same facts, the same books, on however many nodes.
#include <doctest/doctest.h>

#include "audit/books.h"
#include "scenario/shop_cluster.h"
#include "story/script.h"

namespace {

struct Ending {
  demo::Facts facts;
  demo::Books books;
};

Ending play_on(unsigned nodes, std::uint64_t seed) {
  demo::testing::ShopCluster cluster(nodes);
  demo::Scene scene;
  scene.seed = seed;
  scene.shoppers = 3;
  scene.orders_each = 10;
  Ending ending;
  ending.facts = demo::play(cluster.client(), scene, {});
  ending.books = demo::collect(cluster.client());
  return ending;
}

TEST_CASE("the same shop scenario gives the same books on one, two and three nodes") {
  const std::uint64_t seed = 7;
  CAPTURE(seed);

  const auto one = play_on(1, seed);
  const auto two = play_on(2, seed);
  const auto three = play_on(3, seed);

  CHECK(one.books == two.books);
  CHECK(one.books == three.books);
  CHECK(one.facts.lines == two.facts.lines);
  CHECK(one.facts.lines == three.facts.lines);
  CHECK(one.facts.orders == three.facts.orders);
  for (const auto* ending : {&one, &two, &three}) {
    CHECK(demo::mismatches(ending->books).empty());
    CHECK(demo::mismatches(ending->books, ending->facts.orders).empty());
    CHECK(ending->books.orders.size() == 34);
  }
}

TEST_CASE("another seed is another day") {
  const auto a = play_on(1, 1);
  const auto b = play_on(1, 2);

  CHECK_FALSE(a.books == b.books);
  CHECK(demo::mismatches(b.books).empty());
}

}  // namespace
