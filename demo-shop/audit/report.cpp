#include "audit/report.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace demo {

namespace {

using nlohmann::json;
using shop::OrderStatus;

std::uint64_t charged(const AccountRow& row) {
  std::uint64_t sum = 0;
  for (const auto& charge : row.charges)
    if (!charge.refunded) sum += charge.cents;
  return sum;
}

std::string stock_table(const Books& books) {
  auto out = fmt::format("{:<12} {:>9} = {:>9} + {:>9} + {:>9}\n", "SKU", "received", "on hand", "reserved", "sold");
  for (const auto& s : books.stock)
    out += fmt::format("{:<12} {:>9} = {:>9} + {:>9} + {:>9}\n", s.sku, s.received, s.on_hand, s.reserved, s.sold);
  return out;
}

std::string account_table(const Books& books) {
  auto out = fmt::format("{:<12} {:>9} = {:>9} + {:>9} + {:>9}   {}\n", "account", "deposited", "balance", "paid out",
                         "charged", "orders: shipped, confirmed, refused, cancelled, drafts");
  for (const auto& a : books.accounts) {
    std::map<OrderStatus, unsigned> count;
    for (const auto& order : books.orders)
      if (order.book == a.user) ++count[order.status];
    out += fmt::format("{:<12} {:>9} = {:>9} + {:>9} + {:>9}   {:>15}, {:>9}, {:>7}, {:>9}, {:>6}\n", a.user,
                       money(a.deposited_cents), money(a.balance_cents), money(a.paid_out_cents), money(charged(a)),
                       count[OrderStatus::SHIPPED], count[OrderStatus::CONFIRMED], count[OrderStatus::REFUSED],
                       count[OrderStatus::CANCELLED], count[OrderStatus::DRAFT]);
  }
  return out;
}

}  // namespace

std::string money(std::uint64_t cents) { return fmt::format("{}.{:02}", cents / 100, cents % 100); }

std::string as_tables(const Books& books) { return stock_table(books) + "\n" + account_table(books); }

json as_json(const Books& books) {
  json out = {{"stock", json::array()}, {"orders", json::array()}, {"accounts", json::array()}};
  for (const auto& s : books.stock)
    out["stock"].push_back(
        {{"sku", s.sku}, {"received", s.received}, {"on_hand", s.on_hand}, {"reserved", s.reserved}, {"sold", s.sold}});
  for (const auto& o : books.orders) {
    json lines = json::array();
    for (const auto& line : o.lines) lines.push_back({{"sku", line.sku}, {"quantity", line.quantity}});
    out["orders"].push_back({{"id", o.id},
                             {"user", o.user},
                             {"status", to_string(o.status)},
                             {"total_cents", o.total_cents},
                             {"settled", o.settled},
                             {"lines", std::move(lines)}});
  }
  for (const auto& a : books.accounts)
    out["accounts"].push_back({{"user", a.user},
                               {"deposited_cents", a.deposited_cents},
                               {"balance_cents", a.balance_cents},
                               {"paid_out_cents", a.paid_out_cents},
                               {"charged_cents", charged(a)},
                               {"charges", a.charges.size()}});
  return out;
}

}  // namespace demo
