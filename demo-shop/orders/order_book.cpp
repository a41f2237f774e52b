#include "orders/order_book.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "lists.h"

namespace demo {

namespace {

// The list is one state, written whole with every order.
constexpr std::size_t kMostOrders = 10'000;
// Of a page of mine(); as many where nobody says how many.
constexpr std::uint32_t kMostMine = 100;
constexpr std::uint32_t kMine = 20;
// Orders that one page asks at most, and at once.
constexpr std::size_t kMostOrdersAsked = 500;
constexpr std::size_t kAtOnce = 25;

void fill(shop::OrderView::Builder out, const shop::Order::ViewResults::Reader& order) {
  out.setOrder(order.getOrder());
  out.setStatus(order.getStatus());
  out.setUser(order.getUser());
  out.setAddress(order.getAddress());
  out.setLines(order.getLines());
  out.setTotalCents(order.getTotalCents());
  out.setReason(order.getReason());
  out.setExplanation(order.getExplanation());
  out.setSettled(order.getSettled());
  out.setCreatedMs(order.getCreatedMs());
  out.setEndedMs(order.getEndedMs());
}

}  // namespace

troupe::Task<> OrderBook::add(AddParams::Reader in, AddResults::Builder) {
  const std::string order = to_string(in.getOrder());
  auto orders = to_strings(state().getOrders());
  if (holds(orders, order)) co_return;
  if (state().getErased()) throw troupe::Refusal("erased", fmt::format("{} was erased and orders no more", key()));
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

troupe::Task<> OrderBook::mine(MineParams::Reader in, MineResults::Builder out) {
  using Asked = decltype(ref<shop::Order>("order").view());
  const std::size_t most = in.getLimit() == 0 ? kMine : std::min(in.getLimit(), kMostMine);
  const auto orders = to_strings(state().getOrders());
  std::size_t place = in.getBefore() == 0 ? orders.size() : std::min<std::size_t>(in.getBefore(), orders.size());
  std::size_t left = kMostOrdersAsked;
  std::vector<troupe::Reply<shop::Order::ViewResults>> found;
  while (place > 0 && left > 0 && found.size() < most) {
    std::vector<Asked> asked;
    const auto count = std::min({place, left, kAtOnce, std::max<std::size_t>(most - found.size(), 5)});
    for (std::size_t i = 0; i < count; ++i) asked.push_back(ref<shop::Order>(orders[place - 1 - i]).view());
    for (std::size_t i = 0; i < count; ++i) {
      auto view = co_await std::move(asked[i]).result();
      if (found.size() == most) continue;  // asked too many; the next page asks them again
      --place;
      --left;
      // Entered and never made, or taken out of the list.
      if (!view.ok() && view.error().code() == "no_such_order") continue;
      auto order = std::move(view).value();
      if (order->getRemoved() || (in.getStatus() != shop::OrderStatus::NONE && order->getStatus() != in.getStatus()))
        continue;
      found.push_back(std::move(order));
    }
  }
  auto list = out.initOrders(static_cast<unsigned>(found.size()));
  for (unsigned i = 0; i < found.size(); ++i) fill(list[i], *found[i]);
  out.setNext(static_cast<std::uint32_t>(place));
  out.setMore(place > 0);
}

troupe::Task<> OrderBook::forget(ForgetParams::Reader, ForgetResults::Builder) {
  for (const auto& order : to_strings(state().getOrders())) ref<shop::Order>(order).send_forget();
  edit().setErased(true);
  co_return;
}

}  // namespace demo
