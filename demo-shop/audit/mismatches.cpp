// The arithmetic of the audit.
#include <fmt/format.h>

#include <set>

#include "audit/books.h"

namespace demo {

namespace {

using shop::OrderStatus;

using Findings = std::vector<std::string>;
using OrdersById = std::map<std::string, const OrderRow*>;

OrdersById index_orders(const Books& books, Findings& found) {
  OrdersById orders;
  for (const auto& order : books.orders) {
    if (!orders.emplace(order.id, &order).second)
      found.push_back(
          fmt::format("order {} stands in two places: {} and {}", order.id, orders[order.id]->book, order.book));
    if (order.status != OrderStatus::NONE && order.user != order.book)
      found.push_back(fmt::format("order {} in the book of {} says it is {}'s", order.id, order.book, order.user));
    if (order.status == OrderStatus::PLACING)
      found.push_back(fmt::format("order {} is neither confirmed nor refused: see its progress", order.id));
    if (!order.settled)
      found.push_back(
          fmt::format("order {} has not told stock and account that it is {}", order.id, to_string(order.status)));
  }
  return orders;
}

std::uint64_t quantity_of(const OrderRow& order, const std::string& sku) {
  for (const auto& line : order.lines)
    if (line.sku == sku) return line.quantity;
  return 0;
}

void check_reservations(const StockRow& row, const OrdersById& orders, Findings& found) {
  std::set<std::string> reserved;
  for (const auto& r : row.reservations) {
    if (!reserved.insert(r.order).second)
      found.push_back(fmt::format("{}: order {} is reserved twice", row.sku, r.order));
    const auto order = orders.find(r.order);
    if (order == orders.end()) {
      found.push_back(fmt::format("{}: {} reserved for order {}, which no user has", row.sku, r.quantity, r.order));
      continue;
    }
    const auto status = order->second->status;
    if (status != OrderStatus::CONFIRMED)
      found.push_back(
          fmt::format("{}: {} reserved for order {}, which is {}", row.sku, r.quantity, r.order, to_string(status)));
    if (r.quantity != quantity_of(*order->second, row.sku))
      found.push_back(fmt::format("{}: {} reserved for order {}, which wants {}", row.sku, r.quantity, r.order,
                                  quantity_of(*order->second, row.sku)));
  }
  for (const auto& [id, order] : orders)
    if (order->status == OrderStatus::CONFIRMED && quantity_of(*order, row.sku) > 0 && !reserved.contains(id))
      found.push_back(fmt::format("{}: nothing is reserved for order {}, which is confirmed", row.sku, id));
}

void check_stock(const StockRow& row, const OrdersById& orders, Findings& found) {
  if (row.received != row.on_hand + row.reserved + row.sold)
    found.push_back(fmt::format("{}: received {} is not on hand {} + reserved {} + sold {}", row.sku, row.received,
                                row.on_hand, row.reserved, row.sold));
  std::uint64_t reserved = 0;
  for (const auto& r : row.reservations) reserved += r.quantity;
  if (reserved != row.reserved)
    found.push_back(fmt::format("{}: {} reserved, but the reservations sum to {}", row.sku, row.reserved, reserved));
  std::uint64_t shipped = 0;
  for (const auto& [id, order] : orders)
    if (order->status == OrderStatus::SHIPPED) shipped += quantity_of(*order, row.sku);
  if (shipped != row.sold) found.push_back(fmt::format("{}: {} sold, but {} shipped", row.sku, row.sold, shipped));
  check_reservations(row, orders, found);
}

// Adds what it finds charged, by order, to `charged`.
void check_account(const AccountRow& row, const OrdersById& orders, std::map<std::string, std::uint64_t>& charged,
                   Findings& found) {
  std::uint64_t kept = 0;
  for (const auto& charge : row.charges) {
    if (charge.refunded) continue;
    kept += charge.cents;
    if (!charged.emplace(charge.order, charge.cents).second)
      found.push_back(fmt::format("order {} is charged twice", charge.order));
    const auto order = orders.find(charge.order);
    if (order == orders.end()) {
      found.push_back(
          fmt::format("{} is charged {} cents for order {}, which no user has", row.user, charge.cents, charge.order));
      continue;
    }
    const auto status = order->second->status;
    if (order->second->user != row.user)
      found.push_back(
          fmt::format("{} is charged for order {}, which is {}'s", row.user, charge.order, order->second->user));
    if (status != OrderStatus::CONFIRMED && status != OrderStatus::SHIPPED)
      found.push_back(
          fmt::format("{} is charged for order {}, which is {}", row.user, charge.order, to_string(status)));
    if (charge.cents != order->second->total_cents)
      found.push_back(fmt::format("order {} costs {} cents and is charged {}", charge.order, order->second->total_cents,
                                  charge.cents));
  }
  if (row.deposited_cents != row.balance_cents + row.paid_out_cents + kept)
    found.push_back(fmt::format("{}: deposited {} is not balance {} + paid out {} + charged {}", row.user,
                                row.deposited_cents, row.balance_cents, row.paid_out_cents, kept));
  if (row.erased && row.balance_cents != 0)
    found.push_back(fmt::format("{} was erased, and {} cents were not paid out", row.user, row.balance_cents));
}

}  // namespace

const char* to_string(OrderStatus status) {
  switch (status) {
    case OrderStatus::NONE: return "none";
    case OrderStatus::DRAFT: return "draft";
    case OrderStatus::CONFIRMED: return "confirmed";
    case OrderStatus::REFUSED: return "refused";
    case OrderStatus::CANCELLED: return "cancelled";
    case OrderStatus::SHIPPED: return "shipped";
    case OrderStatus::PLACING: return "placing";
  }
  return "unknown";
}

std::vector<std::string> mismatches(const Books& books) {
  Findings found;
  const auto orders = index_orders(books, found);
  for (const auto& row : books.stock) check_stock(row, orders, found);
  std::map<std::string, std::uint64_t> charged;
  for (const auto& row : books.accounts) check_account(row, orders, charged, found);
  for (const auto& [id, order] : orders)
    if ((order->status == OrderStatus::CONFIRMED || order->status == OrderStatus::SHIPPED) && !charged.contains(id))
      found.push_back(fmt::format("order {} is {} and was never charged", id, to_string(order->status)));
  for (const auto& [user, what] : books.left_behind)
    found.push_back(fmt::format("{} was erased, and left behind: {}", user, what));
  for (auto& finding : view_mismatches(books)) found.push_back(std::move(finding));
  return found;
}

std::vector<std::string> mismatches(const Books& books, const Acknowledged& acknowledged) {
  Findings found;
  std::map<std::string, std::vector<OrderStatus>> there;
  for (const auto& order : books.orders) there[order.id].push_back(order.status);
  for (const auto& [id, status] : acknowledged) {
    const auto& statuses = there[id];
    if (statuses.size() != 1) {
      found.push_back(
          fmt::format("order {} was acknowledged as {} and is there {} times", id, to_string(status), statuses.size()));
    } else if (statuses.front() != status) {
      found.push_back(
          fmt::format("order {} was acknowledged as {} and is {}", id, to_string(status), to_string(statuses.front())));
    }
  }
  return found;
}

}  // namespace demo
