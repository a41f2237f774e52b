#include "orders/order_book.h"

#include <fmt/format.h>

#include "lists.h"

namespace demo {

namespace {

// The list is one state, written whole with every order.
constexpr std::size_t kMostOrders = 10'000;

}  // namespace

troupe::Task<> OrderBook::add(AddParams::Reader in, AddResults::Builder) {
  const std::string order = to_string(in.getOrder());
  auto orders = to_strings(state().getOrders());
  if (holds(orders, order)) co_return;
  if (orders.size() >= kMostOrders)
    throw troupe::Refusal("too_many_orders", fmt::format("{} has {} orders already", key(), orders.size()));
  orders.push_back(order);
  fill(edit().initOrders(static_cast<unsigned>(orders.size())), orders);
}

troupe::Task<> OrderBook::list(ListParams::Reader in, ListResults::Builder out) {
  const auto orders = state().getOrders();
  const auto first = std::min(in.getOffset(), orders.size());
  const auto count = std::min(page_size(in.getLimit()), orders.size() - first);
  auto page = out.initOrders(count);
  for (unsigned i = 0; i < count; ++i) page.set(i, orders[first + i]);
  out.setTotal(orders.size());
  co_return;
}

}  // namespace demo
