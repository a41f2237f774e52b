#include "audit/views.h"

#include <fmt/format.h>
#include <troupe/node.h>

#include <algorithm>
#include <chrono>
#include <thread>
#include <tuple>

#include "insist.h"
#include "lists.h"
#include "views.capnp.troupe.h"

namespace demo {

namespace {

using shop::OrderStatus;
using namespace std::chrono_literals;

constexpr auto kPatience = 30s;
constexpr auto kLook = 50ms;

std::vector<SaleRow> sales(troupe::Node& node) {
  std::vector<SaleRow> rows;
  const auto view = node.ref<shop::ProductSales>("main");
  for (bool more = true; more;) {
    auto page =
        insist([&] { return view.list([&](auto p) { p.setAfter(rows.empty() ? std::string() : rows.back().sku); }); });
    for (auto row : page->getProducts())
      rows.push_back({to_string(row.getSku()), row.getSale().getQuantity(), row.getSale().getCents()});
    more = page->getMore();
  }
  return rows;
}

// All that a view has, page by page.
template <class View, class RowOf>
void add_pages(const View& view, std::vector<HistoryRow>& rows, RowOf row_of) {
  std::string before;
  for (bool more = true; more;) {
    auto page = insist([&] {
      return view.list([&](auto p) {
        p.setBefore({reinterpret_cast<const capnp::byte*>(before.data()), before.size()});
        p.setLimit(100);
      });
    });
    for (auto row : page->getOrders()) rows.push_back(row_of(row));
    const auto next = page->getNext();
    before.assign(reinterpret_cast<const char*>(next.begin()), next.size());
    more = page->getMore();
  }
}

void add_history(troupe::Node& node, const std::string& user, std::vector<HistoryRow>& rows) {
  add_pages(node.ref<shop::OrderHistory>(user), rows, [&](auto row) {
    return HistoryRow{user, to_string(row.getOrder()), row.getStatus(), row.getTotalCents()};
  });
}

std::vector<HistoryRow> desk(troupe::Node& node) {
  std::vector<HistoryRow> rows;
  add_pages(node.ref<shop::OrderDesk>("main"), rows, [](auto row) {
    return HistoryRow{to_string(row.getUser()), to_string(row.getOrder()), row.getStatus(), row.getTotalCents()};
  });
  return rows;
}

// What was placed and cancelled may be heard of late, and when others were heard of depends on who was quicker.
void settle(std::vector<HistoryRow>& rows) {
  std::erase_if(rows, [](const auto& row) { return row.status == OrderStatus::CANCELLED; });
  std::sort(rows.begin(), rows.end(),
            [](const auto& a, const auto& b) { return std::tie(a.user, a.order) < std::tie(b.user, b.order); });
}

// Whether every order that counts stands in these rows once, and as what it is.
template <class Counts, class Where>
void check_rows(const std::vector<HistoryRow>& rows, const std::map<std::string, const OrderRow*>& orders,
                Counts counts, Where where, std::vector<std::string>& found) {
  std::map<std::string, unsigned> seen;
  for (const auto& row : rows) {
    if (++seen[row.order] > 1) found.push_back(fmt::format("order {} stands twice in {}", row.order, where(row.user)));
    const auto order = orders.find(row.order);
    if (order == orders.end() || order->second->user != row.user) {
      found.push_back(fmt::format("{} lists order {}, which is not of {}", where(row.user), row.order, row.user));
    } else if (order->second->status != row.status) {
      found.push_back(fmt::format("{} says that order {} is {}, and it is {}", where(row.user), row.order,
                                  to_string(row.status), to_string(order->second->status)));
    }
  }
  for (const auto& [id, order] : orders)
    if (counts(*order) && seen[id] == 0)
      found.push_back(fmt::format("{} has not heard of order {}", where(order->user), id));
}

bool placed(const OrderRow& order) {
  return order.status == OrderStatus::CONFIRMED || order.status == OrderStatus::SHIPPED;
}

}  // namespace

void collect_views(troupe::Node& node, const std::vector<std::string>& users, Books& books) {
  const auto until = troupe::later(std::chrono::steady_clock::now(), kPatience);
  for (;;) {
    books.sales = sales(node);
    books.desk = desk(node);
    books.history.clear();
    for (const auto& user : users) add_history(node, user, books.history);
    if (view_mismatches(books).empty() || std::chrono::steady_clock::now() >= until) break;
    std::this_thread::sleep_for(kLook);
  }
  // Of an order that was placed and cancelled both events may still be on their way, or neither: nothing is owed then.
  settle(books.history);
  settle(books.desk);
  std::erase_if(books.sales, [](const auto& row) { return row.quantity == 0; });
}

std::vector<std::string> view_mismatches(const Books& books) {
  std::vector<std::string> found;
  std::map<std::string, SaleRow> expected;
  std::map<std::string, const OrderRow*> orders;
  for (const auto& order : books.orders) {
    orders[order.id] = &order;
    if (!placed(order)) continue;
    for (const auto& line : order.lines) expected[line.sku].quantity += line.quantity;
  }
  std::uint64_t cents = 0, cents_seen = 0;
  for (const auto& order : books.orders) cents += placed(order) ? order.total_cents : 0;
  for (const auto& sale : books.sales) {
    cents_seen += sale.cents;
    if (sale.quantity != expected[sale.sku].quantity)
      found.push_back(fmt::format("{}: the sales view counts {}, the orders say {}", sale.sku, sale.quantity,
                                  expected[sale.sku].quantity));
    expected.erase(sale.sku);
  }
  for (const auto& [sku, row] : expected)
    if (row.quantity > 0)
      found.push_back(fmt::format("{}: the sales view has not heard of {} sold", sku, row.quantity));
  if (cents != cents_seen)
    found.push_back(fmt::format("the sales view counts {} cents, the orders say {}", cents_seen, cents));

  check_rows(
      books.history, orders, placed, [](const std::string& user) { return "the history of " + user; }, found);
  const auto decided = [](const OrderRow& order) { return placed(order) || order.status == OrderStatus::REFUSED; };
  check_rows(
      books.desk, orders, decided, [](const std::string&) { return std::string("the desk"); }, found);
  return found;
}

}  // namespace demo
