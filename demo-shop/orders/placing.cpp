// How an order is placed, step by step; demo-shop/doc/placing_an_order.md shows what is on disk after each.
#include <troupe/error.h>

#include "cart.capnp.troupe.h"
#include "events.capnp.h"
#include "events/order_events.h"
#include "lists.h"
#include "orders/order.h"
#include "payments.capnp.troupe.h"
#include "stock.capnp.troupe.h"

namespace demo {

using shop::OrderStatus;
using troupe::Task;
using troupe::saga::Flow;
using troupe::saga::Phase;
using troupe::saga::Step;

namespace {

template <class Lines>
void fill_items(capnp::List<shop::CartItem>::Builder items, const Lines& lines) {
  for (unsigned i = 0; i < lines.size(); ++i) {
    items[i].setSku(lines[i].sku);
    items[i].setQuantity(lines[i].quantity);
  }
}

}  // namespace

// The journal of an order that is being placed refers to these steps by name and position: a build that changes them
// cannot take it up, and says so. Stock, cart and account know an order by its id, however long ago it came: what they
// have forgotten having answered they may be asked again.
Flow<> Order::run() {
  std::vector<Step<void, false>> reservations;
  for (const auto& line : lines()) {
    auto reservation = step("reserve " + line.sku, [this, line] { return reserve(line.sku, line.quantity); });
    reservation.compensate([this, sku = line.sku] { return release(sku); }).repeatable();
    reservations.push_back(std::move(reservation));
  }
  // Orders of a cart alone, so that those which were begun without one find their steps where they were.
  if (state().getFromCart())
    co_await step("take from cart", [this] {
      return take_from_cart();
    }).compensate([this] {
        return give_back_to_cart();
      }).repeatable();
  co_await all(reservations);
  co_await step("charge", [this] { return charge(); }).compensate([this] { return refund(); }).repeatable();
  co_await step("confirm", [this] { confirm(); });
}

bool Order::may_begin() const { return state().getStatus() == OrderStatus::DRAFT; }

void Order::on_phase(Phase now, const troupe::Error* why) {
  switch (now) {
    case Phase::RUNNING: edit().setStatus(OrderStatus::PLACING); break;
    case Phase::COMPENSATING:
    case Phase::FAILED:
    case Phase::CANCELLED:
    case Phase::KILLED: ended_unplaced(why); break;
    default: break;
  }
}

// More than one phase may say so; what it says first is told.
void Order::ended_unplaced(const troupe::Error* why) {
  const auto status = why ? OrderStatus::REFUSED : OrderStatus::CANCELLED;
  if (state().getStatus() == OrderStatus::REFUSED || state().getStatus() == OrderStatus::CANCELLED) return;
  edit().setStatus(status);
  if (why) {
    edit().setReason(why->code().empty() ? capnp::Text::Reader("failed") : capnp::Text::Reader(why->code().c_str()));
    edit().setExplanation(why->message().c_str());
  }
  set_ended();
  publish<shop::OrderRefused>(kOrderEvents, to_string(state().getUser()), [&](auto event) {
    event.setOrder(std::string(key()));
    event.setUser(state().getUser());
    event.setLines(state().getLines());
    event.setTotalCents(state().getTotalCents());
    event.setStatus(status);
    event.setReason(state().getReason());
    event.setExplanation(state().getExplanation());
  });
}

Task<> Order::reserve(std::string sku, std::uint32_t quantity) {
  const std::string id(key());
  co_await ref<shop::Stock>(sku).reserve([&](auto p) {
    p.setOrder(id);
    p.setQuantity(quantity);
  });
}

Task<> Order::release(std::string sku) {
  const std::string id(key());
  co_await ref<shop::Stock>(sku).release([&](auto p) { p.setOrder(id); });
}

Task<> Order::charge() {
  const std::string id(key());
  const auto total = state().getTotalCents();
  co_await ref<shop::Account>(to_string(state().getUser())).charge([&](auto p) {
    p.setOrder(id);
    p.setCents(total);
  });
}

Task<> Order::refund() {
  const std::string id(key());
  co_await ref<shop::Account>(to_string(state().getUser())).refund([&](auto p) { p.setOrder(id); });
}

Task<> Order::take_from_cart() {
  const std::string id(key());
  const auto items = lines();
  co_await ref<shop::Cart>(to_string(state().getUser())).take([&](auto p) {
    p.setOrder(id);
    fill_items(p.initItems(static_cast<unsigned>(items.size())), items);
  });
}

Task<> Order::give_back_to_cart() {
  const std::string id(key());
  const auto items = lines();
  co_await ref<shop::Cart>(to_string(state().getUser())).giveBack([&](auto p) {
    p.setOrder(id);
    fill_items(p.initItems(static_cast<unsigned>(items.size())), items);
  });
}

// With this commit the order is the shop's word. What others learn of it is published here, as durable messages of the
// same commit, so that an order is never confirmed unheard, nor heard of unconfirmed.
void Order::confirm() {
  edit().setStatus(OrderStatus::CONFIRMED);
  publish<shop::OrderPlaced>(kOrderEvents, to_string(state().getUser()), [&](auto event) {
    event.setOrder(std::string(key()));
    event.setUser(state().getUser());
    event.setLines(state().getLines());
    event.setTotalCents(state().getTotalCents());
  });
}

}  // namespace demo
