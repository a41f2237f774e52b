#include "orders/order.h"

#include <fmt/format.h>

#include <algorithm>

#include "lists.h"
#include "payments.capnp.troupe.h"
#include "stock.capnp.troupe.h"

namespace demo {

using shop::OrderStatus;
using troupe::ErrorKind;
using troupe::Refusal;
using troupe::Task;
using namespace std::chrono_literals;

namespace {

constexpr unsigned kMostLines = 100;
constexpr std::uint32_t kMostOfOne = 1'000;
constexpr std::uint64_t kHighestPriceCents = 1'000'000'000;
constexpr auto kTryAgainAfter = 1s;

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
  out.setTotalCents(total);
}

Task<> Order::update(UpdateParams::Reader in, UpdateResults::Builder) {
  require_known();
  const auto status = state().getStatus();
  if (status != OrderStatus::DRAFT && status != OrderStatus::CONFIRMED)
    throw Refusal("too_late", fmt::format("order {} has come to its end", key()));
  edit().setAddress(in.getAddress());
  co_return;
}

Task<> Order::place(PlaceParams::Reader, PlaceResults::Builder out) {
  require_known();
  if (state().getStatus() == OrderStatus::DRAFT) {
    const std::string id(key());
    const std::string user = to_string(state().getUser());
    const auto total = state().getTotalCents();
    bool refused = false;

    // A refusal is the other actor's answer, and decides. Any other error is no answer: it ends this turn undecided.
    for (const auto& line : lines()) {
      auto reserved = co_await ref<shop::Stock>(line.sku)
                          .reserve([&](auto p) {
                            p.setOrder(id);
                            p.setQuantity(line.quantity);
                          })
                          .result();
      if (reserved.ok()) continue;
      refuse(reserved.error());
      refused = true;
      break;
    }
    if (!refused) {
      auto charged = co_await ref<shop::Account>(user)
                         .charge([&](auto p) {
                           p.setOrder(id);
                           p.setCents(total);
                         })
                         .result();
      if (charged.ok()) {
        decide(OrderStatus::CONFIRMED);
      } else {
        refuse(charged.error());
      }
    }
  }
  answer(out);
}

Task<> Order::cancel(CancelParams::Reader, CancelResults::Builder) {
  require_known();
  switch (state().getStatus()) {
    case OrderStatus::DRAFT:
    case OrderStatus::CONFIRMED: decide(OrderStatus::CANCELLED); break;
    case OrderStatus::CANCELLED: break;
    default: throw Refusal("too_late", fmt::format("order {} has come to its end", key()));
  }
  co_return;
}

Task<> Order::ship(ShipParams::Reader, ShipResults::Builder) {
  require_known();
  const auto status = state().getStatus();
  if (status == OrderStatus::CONFIRMED) {
    decide(OrderStatus::SHIPPED);
  } else if (status != OrderStatus::SHIPPED) {
    throw Refusal("not_confirmed", fmt::format("order {} is not confirmed", key()));
  }
  co_return;
}

Task<> Order::settle(SettleParams::Reader, SettleResults::Builder) { return carry_out(); }

Task<> Order::view(ViewParams::Reader, ViewResults::Builder out) {
  require_known();
  const auto order = state();
  out.setStatus(order.getStatus());
  out.setUser(order.getUser());
  out.setAddress(order.getAddress());
  out.setLines(order.getLines());
  out.setTotalCents(order.getTotalCents());
  out.setReason(order.getReason());
  out.setSettled(!order.getUnsettled());
  co_return;
}

void Order::on_activate() {
  if (state().getUnsettled()) settle_after(0ms);
}

void Order::decide(OrderStatus status) {
  edit().setStatus(status);
  // A confirmed order keeps what it took.
  const bool owes = status != OrderStatus::CONFIRMED;
  edit().setUnsettled(owes);
  if (owes) settle_after(0ms);
}

void Order::refuse(const troupe::Error& why) {
  if (why.kind() != ErrorKind::refused) throw why;
  decide(OrderStatus::REFUSED);
  edit().setReason(why.code());
  edit().setExplanation(why.message());
}

void Order::answer(PlaceResults::Builder out) const {
  out.setStatus(state().getStatus());
  out.setReason(state().getReason());
  out.setExplanation(state().getExplanation());
}

void Order::settle_after(std::chrono::milliseconds delay) {
  after(delay, [this] { return carry_out_or_try_later(); });
}

Task<> Order::carry_out() {
  if (!state().getUnsettled()) co_return;
  const std::string id(key());
  const std::string user = to_string(state().getUser());
  const auto status = state().getStatus();
  for (const auto& line : lines()) {
    const auto stock = ref<shop::Stock>(line.sku);
    if (status == OrderStatus::SHIPPED) {
      co_await stock.sell([&](auto p) { p.setOrder(id); });
    } else {
      co_await stock.release([&](auto p) { p.setOrder(id); });
    }
  }
  // A refused order was never charged: the charge is what place() takes last.
  if (status == OrderStatus::CANCELLED) co_await ref<shop::Account>(user).refund([&](auto p) { p.setOrder(id); });
  edit().setUnsettled(false);
}

Task<> Order::carry_out_or_try_later() {
  bool again = false;
  try {
    co_await carry_out();
  } catch (const troupe::Error&) {
    again = true;  // somebody is away; the state still says what is owed
  }
  if (again) settle_after(kTryAgainAfter);
}

std::vector<Order::Line> Order::lines() const {
  std::vector<Line> lines;
  for (auto line : state().getLines()) lines.push_back({to_string(line.getSku()), line.getQuantity()});
  return lines;
}

void Order::require_known() const {
  if (state().getStatus() == OrderStatus::NONE)
    throw Refusal("no_such_order", fmt::format("there is no order {}", key()));
}

}  // namespace demo
