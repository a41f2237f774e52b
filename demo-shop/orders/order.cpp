#include "orders/order.h"

#include <fmt/format.h>

#include <algorithm>

#include "events.capnp.h"
#include "events/order_events.h"
#include "lists.h"
#include "orders/limits.h"
#include "payments.capnp.troupe.h"
#include "stock.capnp.troupe.h"
#include "wall_ms.h"
#include "who.h"

namespace demo {

using shop::OrderStatus;
using troupe::Refusal;
using troupe::Task;
using troupe::saga::Phase;
using namespace std::chrono_literals;

namespace {

constexpr auto kLook = 5ms;

bool has_ended(OrderStatus status) {
  return status == OrderStatus::REFUSED || status == OrderStatus::CANCELLED || status == OrderStatus::SHIPPED;
}

// The total; refuses lines that no cart makes.
std::uint64_t checked_total(capnp::List<shop::OrderLine>::Reader lines) {
  if (lines.size() == 0 || lines.size() > kMostLines)
    throw Refusal("bad_order", fmt::format("an order has 1 to {} lines, not {}", kMostLines, lines.size()));
  std::uint64_t total = 0;
  std::vector<std::string> skus;
  for (auto line : lines) {
    const auto sku = to_string(line.getSku());
    if (sku.empty() || holds(skus, sku)) throw Refusal("bad_order", fmt::format("two lines for '{}'", sku));
    if (line.getQuantity() == 0 || line.getQuantity() > kMostOfOne || line.getUnitCents() > kHighestPriceCents)
      throw Refusal("bad_order", fmt::format("{} of '{}' at {} cents", line.getQuantity(), sku, line.getUnitCents()));
    skus.push_back(sku);
    total += line.getQuantity() * line.getUnitCents();
  }
  return total;
}

}  // namespace

Task<> Order::create(CreateParams::Reader in, CreateResults::Builder out) {
  const std::string id(key());
  const std::string user = to_string(in.getUser());
  if (state().getStatus() != OrderStatus::NONE) {
    if (to_string(state().getUser()) != user)
      throw Refusal("order_exists", fmt::format("order {} is somebody else's", id));
    out.setTotalCents(state().getTotalCents());
    co_return;
  }
  if (user.empty()) throw Refusal("bad_order", "an order is somebody's");
  const auto total = checked_total(in.getLines());

  co_await ref<shop::OrderBook>(user).add([&](auto p) { p.setOrder(id); });
  auto order = edit();
  order.setStatus(OrderStatus::DRAFT);
  order.setUser(user);
  order.setAddress(in.getAddress());
  order.setLines(in.getLines());
  order.setTotalCents(total);
  order.setCreatedMs(ms_of(now()));
  out.setTotalCents(total);
}

Task<> Order::update(UpdateParams::Reader in, UpdateResults::Builder) {
  require_known();
  const auto status = state().getStatus();
  if (status != OrderStatus::DRAFT && status != OrderStatus::PLACING && status != OrderStatus::CONFIRMED)
    throw Refusal("too_late", fmt::format("order {} has come to its end", key()));
  if (in.getAddress().size() == 0 || in.getAddress().size() > kLongestAddress)
    throw Refusal("no_address", fmt::format("an address has 1 to {} bytes", kLongestAddress));
  edit().setAddress(in.getAddress());
  co_return;
}

Task<> Order::place(PlaceParams::Reader, PlaceResults::Builder out) {
  require_known();
  co_await to_its_decision();
  out.setStatus(state().getStatus());
  out.setReason(state().getReason());
  out.setExplanation(state().getExplanation());
}

Task<> Order::cancel(CancelParams::Reader, CancelResults::Builder out) {
  require_known();
  switch (state().getStatus()) {
    case OrderStatus::DRAFT:
    case OrderStatus::CONFIRMED: end_as(OrderStatus::CANCELLED); break;
    case OrderStatus::PLACING: Saga::cancel(); break;
    case OrderStatus::CANCELLED: break;
    default: throw Refusal("too_late", fmt::format("order {} has come to its end", key()));
  }
  out.setStatus(state().getStatus());
  co_return;
}

Task<> Order::ship(ShipParams::Reader, ShipResults::Builder) {
  require_known();
  const auto status = state().getStatus();
  if (status == OrderStatus::CONFIRMED) {
    end_as(OrderStatus::SHIPPED);
  } else if (status != OrderStatus::SHIPPED) {
    throw Refusal("not_confirmed", fmt::format("order {} is not confirmed", key()));
  }
  co_return;
}

Task<> Order::settle(SettleParams::Reader, SettleResults::Builder) {
  if (phase() != Phase::NONE) co_await to_its_end();
  while (state().getUnsettled()) co_await sleep_for(kLook);
}

Task<> Order::view(ViewParams::Reader, ViewResults::Builder out) {
  require_known();
  const auto order = state();
  out.setStatus(order.getStatus());
  out.setUser(order.getUser());
  out.setAddress(order.getAddress());
  out.setLines(order.getLines());
  out.setTotalCents(order.getTotalCents());
  out.setReason(order.getReason());
  out.setExplanation(order.getExplanation());
  out.setOrder(std::string(key()));
  out.setCreatedMs(order.getCreatedMs());
  out.setEndedMs(order.getEndedMs());
  out.setRemoved(order.getRemoved());
  const auto placing = phase();
  out.setSettled(!order.getUnsettled() && placing != Phase::RUNNING && placing != Phase::COMPENSATING &&
                 placing != Phase::STUCK);
  co_return;
}

Task<> Order::progress(ProgressParams::Reader, ProgressResults::Builder out) {
  require_known();
  tell(out.initSaga());
  co_return;
}

Task<> Order::goOn(GoOnParams::Reader, GoOnResults::Builder) {
  go_on();
  co_return;
}

Task<> Order::decide(DecideParams::Reader in, DecideResults::Builder) {
  Saga::decide(in.getTookEffect());
  co_return;
}

Task<> Order::abandon(AbandonParams::Reader, AbandonResults::Builder) {
  kill();
  co_return;
}

Task<> Order::remove(RemoveParams::Reader, RemoveResults::Builder) {
  require_known();
  if (const auto* asks = caller(); asks && asks->name != to_string(state().getUser()))
    throw troupe::Error(troupe::ErrorKind::denied, fmt::format("order {} is in somebody else's list", key()));
  if (!has_ended(state().getStatus()) && state().getStatus() != OrderStatus::DRAFT)
    throw Refusal("not_ended", fmt::format("order {} has not come to its end; cancel it first", key()));
  edit().setRemoved(true);
  co_return;
}

Task<> Order::forget(ForgetParams::Reader, ForgetResults::Builder) {
  if (state().getStatus() == OrderStatus::NONE) co_return;
  if (has_ended(state().getStatus()) || state().getStatus() == OrderStatus::DRAFT) {
    edit().disownAddress();
  } else {
    edit().setForgetting(true);
  }
  co_return;
}

// An order of a build without sagas may owe its news: that build kept no messages for it.
void Order::on_activate() {
  Saga::on_activate();
  if (!state().getUnsettled() || state().getUntold() != 0) return;
  after(0ms, [this]() -> Task<> {
    if (state().getUnsettled() && state().getUntold() == 0) tell_what_was_decided();
    co_return;
  });
}

void Order::end_as(OrderStatus status) {
  if (state().getStatus() == OrderStatus::DRAFT) {
    ended_unplaced(nullptr);
    return tell_what_was_decided();
  }
  edit().setStatus(status);
  set_ended();
  const auto user = to_string(state().getUser());
  if (status == OrderStatus::SHIPPED) {
    publish<shop::OrderShipped>(kOrderEvents, user, [&](auto event) {
      event.setOrder(std::string(key()));
      event.setUser(user);
    });
  } else {
    publish<shop::OrderCancelled>(kOrderEvents, user, [&](auto event) {
      event.setOrder(std::string(key()));
      event.setUser(user);
      event.setLines(state().getLines());
      event.setTotalCents(state().getTotalCents());
    });
  }
  tell_what_was_decided();
}

// Stock and account may have been told before: told twice is told once.
void Order::tell_what_was_decided() {
  const std::string id(key());
  const auto user = to_string(state().getUser());
  const bool sold = state().getStatus() == OrderStatus::SHIPPED;
  const auto told = lines();
  for (const auto& line : told) {
    const auto stock = ref<shop::Stock>(line.sku);
    if (sold) {
      stock.send_sell([&](auto p) { p.setOrder(id); }, {.answer = "told"});
    } else {
      stock.send_release([&](auto p) { p.setOrder(id); }, {.answer = "told"});
    }
  }
  if (!sold) ref<shop::Account>(user).send_refund([&](auto p) { p.setOrder(id); }, {.answer = "told"});
  edit().setUntold(static_cast<std::uint32_t>(told.size() + (sold ? 0 : 1)));
  edit().setUnsettled(true);
}

// A message that was given up leaves the order unsettled, for the audit to find; it is a dead letter of the order's.
Task<> Order::on_answer(const troupe::Answer& answer) {
  if (answer.error) co_return;
  const auto left = state().getUntold() - 1;
  edit().setUntold(left);
  edit().setUnsettled(left != 0);
}

std::vector<Order::Line> Order::lines() const {
  std::vector<Line> lines;
  for (auto line : state().getLines()) lines.push_back({to_string(line.getSku()), line.getQuantity()});
  return lines;
}

void Order::set_ended() {
  edit().setEndedMs(ms_of(now()));
  if (state().getForgetting()) edit().disownAddress();
}

void Order::require_known() const {
  // Whose it is not, learns no more than who guesses.
  if (state().getStatus() == OrderStatus::NONE || !may_see(caller(), to_string(state().getUser())))
    throw not_there("no_such_order", fmt::format("there is no order {}", key()));
}

}  // namespace demo
