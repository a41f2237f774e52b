// Reads the books, page by page, call by call.
#include <troupe/node.h>

#include <algorithm>

#include "audit/books.h"
#include "audit/erased.h"
#include "audit/views.h"
#include "catalogue.capnp.troupe.h"
#include "insist.h"
#include "lists.h"
#include "orders.capnp.troupe.h"
#include "payments.capnp.troupe.h"
#include "stock.capnp.troupe.h"
#include "users.capnp.troupe.h"

namespace demo {

namespace {

struct Name {
  std::string name;
  bool erased;
};

std::vector<Name> user_names(troupe::Node& node) {
  std::vector<Name> names;
  const auto directory = node.ref<shop::UserDirectory>("main");
  std::string after;
  for (bool more = true; more;) {
    auto page = insist([&] {
      return directory.search([&](auto p) {
        p.setAfter(after);
        p.setLimit(500);
      });
    });
    for (auto user : page->getUsers()) names.push_back({to_string(user.getName()), user.getErased()});
    more = page->getMore();
    after = to_string(page->getNext());
  }
  return names;
}

std::vector<std::string> skus(troupe::Node& node) {
  std::vector<std::string> skus;
  const auto catalogue = node.ref<shop::Catalogue>("main");
  for (bool more = true; more;) {
    auto page = insist([&] {
      return catalogue.search([&](auto p) {
        p.setAfter(skus.empty() ? std::string() : skus.back());
        p.setDiscontinuedToo(true);
      });
    });
    for (auto entry : page->getEntries()) skus.push_back(to_string(entry.getSku()));
    more = page->getMore();
  }
  return skus;
}

std::vector<std::string> orders_of(troupe::Node& node, const std::string& user) {
  std::vector<std::string> orders;
  const auto book = node.ref<shop::OrderBook>(user);
  for (;;) {
    auto page =
        insist([&] { return book.list([&](auto p) { p.setOffset(static_cast<std::uint32_t>(orders.size())); }); });
    for (auto order : page->getOrders()) orders.push_back(to_string(order));
    if (page->getOrders().size() == 0) return orders;
  }
}

OrderRow order_row(troupe::Node& node, const std::string& user, const std::string& id) {
  OrderRow row;
  row.id = id;
  row.book = user;
  const auto order = node.ref<shop::Order>(id);
  insist([&] { return order.settle(); });
  try {
    auto view = insist([&] { return order.view(); });
    row.user = to_string(view->getUser());
    row.status = view->getStatus();
    row.total_cents = view->getTotalCents();
    row.settled = view->getSettled();
    for (auto line : view->getLines()) row.lines.push_back({to_string(line.getSku()), line.getQuantity()});
  } catch (const troupe::Error& e) {
    // Entered, and then its creator failed and did not ask again: it is none.
    if (e.code() != "no_such_order") throw;
  }
  return row;
}

StockRow stock_row(troupe::Node& node, const std::string& sku) {
  const auto stock = node.ref<shop::Stock>(sku);
  auto level = insist([&] { return stock.level(); });
  StockRow row{sku, level->getReceived(), level->getOnHand(), level->getReserved(), level->getSold(), {}};
  auto rows = insist([&] { return stock.reservations(); });
  for (auto r : rows->getReservations()) row.reservations.push_back({to_string(r.getOrder()), r.getQuantity()});
  std::sort(row.reservations.begin(), row.reservations.end(),
            [](const auto& a, const auto& b) { return a.order < b.order; });
  return row;
}

AccountRow account_row(troupe::Node& node, const Name& owner) {
  const auto& user = owner.name;
  const auto account = node.ref<shop::Account>(user);
  auto view = insist([&] { return account.view(); });
  AccountRow row{user, view->getDepositedCents(), view->getBalanceCents(), {}, view->getPaidOutCents(), owner.erased};
  for (;;) {
    auto page = insist(
        [&] { return account.charges([&](auto p) { p.setOffset(static_cast<std::uint32_t>(row.charges.size())); }); });
    for (auto c : page->getCharges()) row.charges.push_back({to_string(c.getOrder()), c.getCents(), c.getRefunded()});
    if (page->getCharges().size() == 0) return row;
  }
}

}  // namespace

Books collect(troupe::Node& node) {
  Books books;
  const auto users = user_names(node);
  // Orders first: settling them moves stock and money.
  for (const auto& user : users)
    for (const auto& id : orders_of(node, user.name)) books.orders.push_back(order_row(node, user.name, id));
  std::vector<std::string> names, erased;
  for (const auto& user : users) {
    names.push_back(user.name);
    if (user.erased) erased.push_back(user.name);
  }
  books.left_behind = left_behind(node, erased, books.orders);  // waits until they have paid out, too
  for (const auto& user : users) books.accounts.push_back(account_row(node, user));
  for (const auto& sku : skus(node)) books.stock.push_back(stock_row(node, sku));
  collect_views(node, names, books);
  return books;
}

}  // namespace demo
