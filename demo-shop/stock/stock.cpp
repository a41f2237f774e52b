#include "stock/stock.h"

#include <fmt/format.h>

#include <algorithm>

#include "catalogue.capnp.troupe.h"
#include "lists.h"

namespace demo {

using troupe::Refusal;
using troupe::Task;

namespace {

constexpr std::uint32_t kLargestDelivery = 1'000'000;
// Orders between place and ship; each is a row of this state.
constexpr std::size_t kMostReservations = 2'000;
// Echoes come within seconds, long before this many other orders of the same SKU are closed.
constexpr std::size_t kClosedOrders = 64;
constexpr std::size_t kDeliveries = 64;

}  // namespace

Task<> Stock::restock(RestockParams::Reader in, RestockResults::Builder out) {
  const std::string sku(key());
  const std::string delivery = to_string(in.getDelivery());
  const auto quantity = in.getQuantity();
  if (quantity == 0 || quantity > kLargestDelivery || delivery.empty())
    throw Refusal("bad_quantity",
                  fmt::format("a delivery has a name and brings 1 to {}, not {}", kLargestDelivery, quantity));
  // So that the catalogue lists every SKU that has books.
  co_await ref<shop::Product>(sku).view();

  auto deliveries = to_strings(state().getDeliveries());
  if (!holds(deliveries, delivery)) {
    remember(deliveries, delivery, kDeliveries);
    fill(edit().initDeliveries(static_cast<unsigned>(deliveries.size())), deliveries);
    edit().setReceived(state().getReceived() + quantity);
    edit().setOnHand(state().getOnHand() + quantity);
  }
  out.setOnHand(state().getOnHand());
}

Task<> Stock::reserve(ReserveParams::Reader in, ReserveResults::Builder) {
  const std::string order = to_string(in.getOrder());
  const auto quantity = in.getQuantity();
  if (quantity == 0 || order.empty()) throw Refusal("bad_quantity", "an order reserves one at least");

  auto rows = reserved();
  const auto mine = std::find_if(rows.begin(), rows.end(), [&](const Reserved& r) { return r.order == order; });
  if (mine != rows.end()) {
    if (mine->quantity == quantity) co_return;
    throw Refusal("reserved_differently", fmt::format("order {} has {} of {} reserved, and now wants {}", order,
                                                      mine->quantity, key(), quantity));
  }
  if (holds(to_strings(state().getClosed()), order))
    throw Refusal("order_closed", fmt::format("order {} was sold or released {} before", order, key()));
  if (state().getOnHand() < quantity)
    throw Refusal("out_of_stock", fmt::format("{} of {} wanted, {} on hand", quantity, key(), state().getOnHand()));
  if (rows.size() >= kMostReservations)
    throw Refusal("too_many_reservations", fmt::format("{} has {} open orders already", key(), rows.size()));

  rows.push_back({order, quantity});
  keep(rows);
  edit().setOnHand(state().getOnHand() - quantity);
}

Task<> Stock::release(ReleaseParams::Reader in, ReleaseResults::Builder) {
  const auto quantity = close(to_string(in.getOrder()));
  if (quantity > 0) edit().setOnHand(state().getOnHand() + quantity);
  co_return;
}

Task<> Stock::sell(SellParams::Reader in, SellResults::Builder) {
  const auto quantity = close(to_string(in.getOrder()));
  if (quantity > 0) edit().setSold(state().getSold() + quantity);
  co_return;
}

Task<> Stock::level(LevelParams::Reader, LevelResults::Builder out) {
  std::uint64_t sum = 0;
  for (const auto& row : reserved()) sum += row.quantity;
  out.setReceived(state().getReceived());
  out.setOnHand(state().getOnHand());
  out.setReserved(sum);
  out.setSold(state().getSold());
  co_return;
}

Task<> Stock::reservations(ReservationsParams::Reader, ReservationsResults::Builder out) {
  out.setReservations(state().getReservations());
  co_return;
}

std::uint32_t Stock::close(const std::string& order) {
  auto closed = to_strings(state().getClosed());
  if (!holds(closed, order)) {
    remember(closed, order, kClosedOrders);
    fill(edit().initClosed(static_cast<unsigned>(closed.size())), closed);
  }
  auto rows = reserved();
  const auto mine = std::find_if(rows.begin(), rows.end(), [&](const Reserved& r) { return r.order == order; });
  if (mine == rows.end()) return 0;
  const auto quantity = mine->quantity;
  rows.erase(mine);
  keep(rows);
  return quantity;
}

std::vector<Stock::Reserved> Stock::reserved() const {
  std::vector<Reserved> rows;
  for (auto row : state().getReservations()) rows.push_back({to_string(row.getOrder()), row.getQuantity()});
  return rows;
}

void Stock::keep(const std::vector<Reserved>& rows) {
  auto list = edit().initReservations(static_cast<unsigned>(rows.size()));
  for (unsigned i = 0; i < rows.size(); ++i) {
    list[i].setOrder(rows[i].order);
    list[i].setQuantity(rows[i].quantity);
  }
}

}  // namespace demo
