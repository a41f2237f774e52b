// The shop's books: everything its actors say about stock, orders and money, in plain values, and whether it agrees.
//
// collect() asks the actors of a running cluster; mismatches() is arithmetic. Both stand on enumeration: every user is
// in the directory, every SKU in the catalogue, every order in its user's book before it exists.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "orders.capnp.h"

namespace troupe {
class Node;
}

namespace demo {

struct ReservedRow {
  std::string order;
  std::uint32_t quantity = 0;
  bool operator==(const ReservedRow&) const = default;
};

struct StockRow {
  std::string sku;
  std::uint64_t received = 0;
  std::uint64_t on_hand = 0;
  std::uint64_t reserved = 0;
  std::uint64_t sold = 0;
  std::vector<ReservedRow> reservations;  // sorted by order
  bool operator==(const StockRow&) const = default;
};

struct LineRow {
  std::string sku;
  std::uint32_t quantity = 0;
  bool operator==(const LineRow&) const = default;
};

struct OrderRow {
  std::string id;
  std::string book;  // the user whose book lists it
  std::string user;  // whose it says it is
  shop::OrderStatus status = shop::OrderStatus::NONE;
  std::uint64_t total_cents = 0;
  std::vector<LineRow> lines;
  bool settled = true;
  bool operator==(const OrderRow&) const = default;
};

struct ChargeRow {
  std::string order;
  std::uint64_t cents = 0;
  bool refunded = false;
  bool operator==(const ChargeRow&) const = default;
};

struct AccountRow {
  std::string user;
  std::uint64_t deposited_cents = 0;
  std::uint64_t balance_cents = 0;
  std::vector<ChargeRow> charges;
  std::uint64_t paid_out_cents = 0;
  bool erased = false;  // its user is: nothing is in it, and no cart is left
  bool operator==(const AccountRow&) const = default;
};

// Something of a person that was to be gone.
struct LeftBehind {
  std::string user;
  std::string what;
  bool operator==(const LeftBehind&) const = default;
};

// What the views say, which know nothing but the orders' events. Products that sold and orders that stand: what was
// cancelled is left out.
struct SaleRow {
  std::string sku;
  std::uint64_t quantity = 0;
  std::uint64_t cents = 0;
  bool operator==(const SaleRow&) const = default;
};

struct HistoryRow {
  std::string user;
  std::string order;
  shop::OrderStatus status = shop::OrderStatus::NONE;
  std::uint64_t total_cents = 0;
  bool operator==(const HistoryRow&) const = default;
};

struct Books {
  std::vector<StockRow> stock;
  std::vector<OrderRow> orders;
  std::vector<AccountRow> accounts;
  std::vector<SaleRow> sales;
  std::vector<HistoryRow> history;
  std::vector<HistoryRow> desk;         // the same of everybody's orders, and those that were refused
  std::vector<LeftBehind> left_behind;  // of users who were erased
  bool operator==(const Books&) const = default;
};

// What a caller was told of an order, by id; the last word counts.
using Acknowledged = std::map<std::string, shop::OrderStatus>;

[[nodiscard]] const char* to_string(shop::OrderStatus status);

// Asks every order that owes its news to settle, then reads; the views last, when they have heard everything or half a
// minute has passed. The books of a shop in which nobody moves. Outside actors;
// throws troupe::Error when the cluster does not answer.
[[nodiscard]] Books collect(troupe::Node& node);

// One sentence per thing that does not agree; none: the books hold.
[[nodiscard]] std::vector<std::string> mismatches(const Books& books);
// Whether the views agree with the orders: every placed order is heard of once, and so is what became of it.
[[nodiscard]] std::vector<std::string> view_mismatches(const Books& books);
// Orders somebody was told about that are not there, there twice, or say something else.
[[nodiscard]] std::vector<std::string> mismatches(const Books& books, const Acknowledged& acknowledged);

}  // namespace demo
