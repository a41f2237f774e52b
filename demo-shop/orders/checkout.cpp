// How a cart becomes an order. What is read of the cart, the goods and the profile becomes the order in one commit,
// which begins its placing too; the placing takes the goods out of the cart, and gives them back if it comes to
// nothing.
#include <fmt/format.h>

#include <chrono>
#include <utility>

#include "cart.capnp.troupe.h"
#include "catalogue.capnp.troupe.h"
#include "lists.h"
#include "orders/limits.h"
#include "orders/order.h"
#include "users.capnp.troupe.h"
#include "wall_ms.h"

namespace demo {

using shop::OrderStatus;
using troupe::Refusal;
using troupe::Task;
using namespace std::chrono_literals;

namespace {

// How long whoever orders waits for what is decided; later the status says that it is not.
constexpr auto kDecisionWait = 3s;
constexpr auto kGlance = 2ms;

bool undecided(OrderStatus status) { return status == OrderStatus::NONE || status == OrderStatus::PLACING; }

}  // namespace

Task<> Order::checkOut(CheckOutParams::Reader in, CheckOutResults::Builder out) {
  const auto* asks = caller();
  if (!asks || !asks->known())
    throw troupe::Error(troupe::ErrorKind::unauthenticated, "an order is somebody's: whoever orders has a name");
  if (state().getStatus() == OrderStatus::NONE) {
    const std::string user = asks->name;
    auto draft = co_await draft_of_cart(user, to_string(in.getAddress()), in.getTotalCents());
    // Entered before it exists, so that none can be missing.
    co_await ref<shop::OrderBook>(user).add([&](auto p) { p.setOrder(std::string(key())); });
    if (state().getStatus() == OrderStatus::NONE) begin(std::move(draft));
  }
  const auto since = Actor::node_time();
  while (undecided(state().getStatus()) && Actor::time_since(since) < kDecisionWait) co_await sleep_for(kGlance);
  if (state().getStatus() == OrderStatus::NONE)
    throw troupe::Error(troupe::ErrorKind::unavailable,
                        fmt::format("order {} could not be written down; send it again with the same key", key()));
  require_known();
  const auto order = state();
  out.setOrder(std::string(key()));
  out.setStatus(order.getStatus());
  out.setTotalCents(order.getTotalCents());
  out.setReason(order.getReason());
  out.setExplanation(order.getExplanation());
}

Task<Order::Draft> Order::draft_of_cart(std::string user, std::string address, std::uint64_t expected_cents) {
  Draft draft{.user = user, .address = std::move(address)};
  auto cart = co_await ref<shop::Cart>(user).view();
  if (cart->getItems().size() == 0) throw Refusal("cart_empty", fmt::format("the cart of {} is empty", user));
  std::vector<decltype(ref<shop::Product>("sku").view())> asked;
  for (auto item : cart->getItems()) asked.push_back(ref<shop::Product>(to_string(item.getSku())).view());
  unsigned i = 0;
  for (auto item : cart->getItems()) {
    const auto sku = to_string(item.getSku());
    auto product = co_await std::move(asked[i++]);
    if (!product->getOnSale()) throw Refusal("not_on_sale", fmt::format("'{}' is no longer for sale", sku));
    draft.lines.push_back({sku, to_string(product->getName()), to_string(product->getNameZh()), item.getQuantity(),
                           product->getPriceCents()});
    draft.total_cents += item.getQuantity() * product->getPriceCents();
  }
  if (expected_cents != 0 && expected_cents != draft.total_cents)
    throw Refusal("price_changed", fmt::format("the total is {} cents by now, not {}; look at the cart again",
                                               draft.total_cents, expected_cents));
  if (draft.address.empty()) {
    auto profile = co_await ref<shop::User>(user).profile();
    draft.address = to_string(profile->getAddress());
  }
  if (draft.address.empty() || draft.address.size() > kLongestAddress)
    throw Refusal("no_address", fmt::format("an order goes somewhere: an address has 1 to {} bytes", kLongestAddress));
  co_return draft;
}

void Order::begin(Draft draft) {
  // Of a turn that has been asked for from outside, which a timer's is not.
  const troupe::Caller asks = *caller();
  after(0ms, [this, draft = std::move(draft), asks]() -> Task<> {
    if (state().getStatus() != OrderStatus::NONE) co_return;  // asked twice at once
    on_behalf_of(asks);
    auto order = edit();
    order.setStatus(OrderStatus::DRAFT);
    order.setUser(draft.user);
    order.setAddress(draft.address);
    order.setTotalCents(draft.total_cents);
    order.setFromCart(true);
    order.setCreatedMs(ms_of(now()));
    auto lines = order.initLines(static_cast<unsigned>(draft.lines.size()));
    for (unsigned i = 0; i < draft.lines.size(); ++i) {
      lines[i].setSku(draft.lines[i].sku);
      lines[i].setName(draft.lines[i].name);
      lines[i].setNameZh(draft.lines[i].name_zh);
      lines[i].setQuantity(draft.lines[i].quantity);
      lines[i].setUnitCents(draft.lines[i].unit_cents);
    }
    start();
  });
}

}  // namespace demo
