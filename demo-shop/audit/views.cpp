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

void add_history(troupe::Node& node, const std::string& user, std::vector<HistoryRow>& rows) {
  const auto view = node.ref<shop::OrderHistory>(user);
  std::string before;
  for (bool more = true; more;) {
    auto page = insist([&] {
      return view.list([&](auto p) {
        p.setBefore({reinterpret_cast<const capnp::byte*>(before.data()), before.size()});
        p.setLimit(100);
      });
    });
    for (auto row : page->getOrders())
      rows.push_back({user, to_string(row.getOrder()), row.getStatus(), row.getTotalCents()});
    const auto next = page->getNext();
    before.assign(reinterpret_cast<const char*>(next.begin()), next.size());
    more = page->getMore();
  }
}

bool placed(const OrderRow& order) {
  return order.status == OrderStatus::CONFIRMED || order.status == OrderStatus::SHIPPED;
}

}  // namespace

void collect_views(troupe::Node& node, const std::vector<std::string>& users, Books& books) {
  const auto until = troupe::later(std::chrono::steady_clock::now(), kPatience);
  for (;;) {
    books.sales = sales(node);
    books.history.clear();
    for (const auto& user : users) add_history(node, user, books.history);
    if (view_mismatches(books).empty() || std::chrono::steady_clock::now() >= until) break;
    std::this_thread::sleep_for(kLook);
  }
  // Of an order that was placed and cancelled both events may still be on their way, or neither: nothing is owed then.
  // And when others were heard of depends on who was quicker.
  std::erase_if(books.history, [](const auto& row) { return row.status == OrderStatus::CANCELLED; });
  std::erase_if(books.sales, [](const auto& row) { return row.quantity == 0; });
  std::sort(books.history.begin(), books.history.end(),
            [](const auto& a, const auto& b) { return std::tie(a.user, a.order) < std::tie(b.user, b.order); });
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

  std::map<std::string, unsigned> seen;
  for (const auto& row : books.history) {
    if (++seen[row.order] > 1) found.push_back(fmt::format("order {} stands twice in a history", row.order));
    const auto order = orders.find(row.order);
    if (order == orders.end() || order->second->user != row.user) {
      found.push_back(fmt::format("the history of {} lists order {}, which is not theirs", row.user, row.order));
    } else if (order->second->status != row.status) {
      found.push_back(fmt::format("the history of {} says that order {} is {}, and it is {}", row.user, row.order,
                                  to_string(row.status), to_string(order->second->status)));
    }
  }
  for (const auto& order : books.orders)
    if (placed(order) && seen[order.id] == 0)
      found.push_back(fmt::format("the history of {} has not heard of order {}", order.user, order.id));
  return found;
}

}  // namespace demo
