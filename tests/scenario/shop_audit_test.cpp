// The audit finds what it is there to find.
#include <doctest/doctest.h>

#include "audit/books.h"

namespace {

using demo::Books;
using shop::OrderStatus;

// One shipped order, one confirmed one, one refused one, and everything agrees.
Books good_books() {
  Books books;
  books.stock = {{"tea", 10, 5, 2, 3, {{"o-2", 2}}}};
  books.orders = {{"o-1", "anna", "anna", OrderStatus::SHIPPED, 300, {{"tea", 3}}, true},
                  {"o-2", "anna", "anna", OrderStatus::CONFIRMED, 200, {{"tea", 2}}, true},
                  {"o-3", "anna", "anna", OrderStatus::REFUSED, 900, {{"tea", 9}}, true}};
  books.accounts = {{"anna", 1000, 500, {{"o-1", 300, false}, {"o-2", 200, false}}}};
  books.sales = {{"tea", 5, 500}};
  books.history = {{"anna", "o-2", OrderStatus::CONFIRMED, 200}, {"anna", "o-1", OrderStatus::SHIPPED, 300}};
  books.desk = books.history;
  books.desk.push_back({"anna", "o-3", OrderStatus::REFUSED, 900});
  return books;
}

bool one_mentions(const std::vector<std::string>& found, const std::string& text) {
  for (const auto& line : found)
    if (line.find(text) != std::string::npos) return true;
  return false;
}

TEST_CASE("books that agree have no mismatches") {
  const auto found = demo::mismatches(good_books());

  CAPTURE(found.size());
  CHECK(found.empty());
}

TEST_CASE("stock that vanished is found") {
  auto books = good_books();
  books.stock[0].on_hand = 4;

  CHECK(one_mentions(demo::mismatches(books), "received 10 is not on hand 4"));
}

TEST_CASE("a sale without a shipped order is found") {
  auto books = good_books();
  books.stock[0].sold = 4;
  books.stock[0].on_hand = 4;

  CHECK(one_mentions(demo::mismatches(books), "4 sold, but 3 shipped"));
}

TEST_CASE("a second charge of one order is found") {
  auto books = good_books();
  books.accounts[0].charges.push_back({"o-1", 300, false});
  books.accounts[0].balance_cents = 200;

  CHECK(one_mentions(demo::mismatches(books), "o-1 is charged twice"));
}

TEST_CASE("an order that was never charged is found") {
  auto books = good_books();
  books.accounts[0].charges.pop_back();
  books.accounts[0].balance_cents = 700;

  CHECK(one_mentions(demo::mismatches(books), "o-2 is confirmed and was never charged"));
}

TEST_CASE("money that vanished is found") {
  auto books = good_books();
  books.accounts[0].balance_cents = 499;

  CHECK(one_mentions(demo::mismatches(books), "deposited 1000 is not balance 499 + paid out 0"));
}

TEST_CASE("what a closed account paid out is no money that vanished, and what it did not pay out is found") {
  auto paid = good_books();
  paid.accounts[0].balance_cents = 0;
  paid.accounts[0].paid_out_cents = 500;
  paid.accounts[0].erased = true;
  auto kept = good_books();
  kept.accounts[0].erased = true;

  CHECK(demo::mismatches(paid).empty());
  CHECK(one_mentions(demo::mismatches(kept), "anna was erased, and 500 cents were not paid out"));
}

TEST_CASE("what is left of somebody who was erased is found") {
  auto books = good_books();
  books.left_behind.push_back({"anna", "the address of order o-1"});

  CHECK(one_mentions(demo::mismatches(books), "anna was erased, and left behind: the address of order o-1"));
}

TEST_CASE("a reservation that nobody's order explains is found") {
  auto books = good_books();
  books.stock[0].reservations.push_back({"ghost", 1});
  books.stock[0].reserved = 3;
  books.stock[0].on_hand = 4;

  CHECK(one_mentions(demo::mismatches(books), "order ghost, which no user has"));
}

TEST_CASE("a reservation kept by a refused order is found") {
  auto books = good_books();
  books.stock[0].reservations.push_back({"o-3", 9});

  CHECK(one_mentions(demo::mismatches(books), "9 reserved for order o-3, which is refused"));
}

TEST_CASE("a reservation kept by a draft is found") {
  auto books = good_books();
  books.orders[1].status = OrderStatus::DRAFT;

  CHECK(one_mentions(demo::mismatches(books), "2 reserved for order o-2, which is draft"));
  CHECK(one_mentions(demo::mismatches(books), "charged for order o-2, which is draft"));
}

TEST_CASE("an order whose placing has not come to its end is found") {
  auto books = good_books();
  books.orders[2].status = OrderStatus::PLACING;

  CHECK(one_mentions(demo::mismatches(books), "order o-3 is neither confirmed nor refused"));
}

TEST_CASE("an order that stands in two books is found") {
  auto books = good_books();
  books.orders.push_back(books.orders[0]);

  CHECK(one_mentions(demo::mismatches(books), "o-1 stands in two places"));
}

TEST_CASE("an acknowledged order that is gone, or says something else, is found") {
  const auto found = demo::mismatches(
      good_books(), {{"o-1", OrderStatus::SHIPPED}, {"o-2", OrderStatus::SHIPPED}, {"lost", OrderStatus::CONFIRMED}});

  REQUIRE(found.size() == 2);
  CHECK(one_mentions(found, "order lost was acknowledged as confirmed and is there 0 times"));
  CHECK(one_mentions(found, "order o-2 was acknowledged as shipped and is confirmed"));
}

TEST_CASE("an event that a view missed or took twice is found") {
  auto missed = good_books();
  missed.sales[0] = {"tea", 3, 300};
  missed.history.pop_back();
  auto twice = good_books();
  twice.sales[0].quantity = 8;
  twice.history.push_back(twice.history[0]);
  auto late = good_books();
  late.history[1].status = OrderStatus::CONFIRMED;

  CHECK(one_mentions(demo::mismatches(missed), "tea: the sales view counts 3, the orders say 5"));
  CHECK(one_mentions(demo::mismatches(missed), "has not heard of order o-1"));
  CHECK(one_mentions(demo::mismatches(twice), "tea: the sales view counts 8"));
  CHECK(one_mentions(demo::mismatches(twice), "order o-2 stands twice"));
  CHECK(one_mentions(demo::mismatches(late), "o-1 is confirmed, and it is shipped"));
  auto unheard = good_books();
  unheard.desk.pop_back();
  CHECK(one_mentions(demo::mismatches(unheard), "the desk has not heard of order o-3"));
}

}  // namespace
