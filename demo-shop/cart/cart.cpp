#include "cart/cart.h"

#include <fmt/format.h>

#include <algorithm>

#include "catalogue.capnp.troupe.h"
#include "lists.h"
#include "orders.capnp.troupe.h"
#include "orders/limits.h"

namespace demo {

using troupe::Refusal;
using troupe::Task;
using namespace std::chrono_literals;

namespace {

constexpr auto kKept = 30min;
constexpr std::string_view kExpire = "expire";

}  // namespace

Task<> Cart::put(PutParams::Reader in, PutResults::Builder) {
  const std::string sku = to_string(in.getSku());
  const auto quantity = in.getQuantity();
  if (quantity == 0 || quantity > kMostOfOne)
    throw Refusal("bad_quantity", fmt::format("a cart takes 1 to {} of a product, not {}", kMostOfOne, quantity));
  auto product = co_await ref<shop::Product>(sku).view();
  if (!product->getOnSale()) throw Refusal("not_on_sale", fmt::format("'{}' is no longer for sale", sku));

  auto now = items();
  const auto same = std::find_if(now.begin(), now.end(), [&](const Item& i) { return i.sku == sku; });
  if (same != now.end()) {
    same->quantity = quantity;
  } else {
    if (now.size() >= kMostLines) throw Refusal("cart_full", fmt::format("a cart holds {} products", kMostLines));
    now.push_back({sku, quantity});
  }
  keep(now);
}

Task<> Cart::remove(RemoveParams::Reader in, RemoveResults::Builder) {
  auto now = items();
  if (std::erase_if(now, [sku = to_string(in.getSku())](const Item& i) { return i.sku == sku; }) > 0) keep(now);
  co_return;
}

Task<> Cart::clear(ClearParams::Reader, ClearResults::Builder) {
  keep({});
  co_return;
}

Task<> Cart::view(ViewParams::Reader, ViewResults::Builder out) {
  out.setItems(state().getItems());
  out.setKeptUntilMs(state().getKeptUntilMs());
  co_return;
}

Task<> Cart::keepFor(KeepForParams::Reader in, KeepForResults::Builder) {
  const std::chrono::milliseconds time(in.getMilliseconds());
  if (time < 1s || time > 30 * 24h)
    throw Refusal("bad_time", fmt::format("a cart is kept for a second to 30 days, not {} ms", time.count()));
  edit().setKeepForMs(in.getMilliseconds());
  touch();
  co_return;
}

Task<> Cart::on_reminder(std::string_view name) {
  if (name == kExpire) keep({});
  co_return;
}

Task<> Cart::checkOut(CheckOutParams::Reader in, CheckOutResults::Builder out) {
  const std::string user(key());
  const std::string id = to_string(in.getOrder());
  const auto order = ref<shop::Order>(id);
  const auto now = items();

  // The order is created before the cart is emptied. If the second commit is lost, the caller's next attempt finds
  // the order as it was created and empties the cart; if the first answer is lost, it finds an empty cart and the
  // order.
  if (now.empty()) {
    auto made = co_await order.view().result();
    if (!made.ok() && made.error().kind() != troupe::ErrorKind::refused) throw made.error();
    if (!made.ok() || to_string(made.value()->getUser()) != user)
      throw Refusal("cart_empty", fmt::format("the cart of {} is empty", user));
    out.setTotalCents(made.value()->getTotalCents());
    co_return;
  }

  std::vector<std::uint64_t> prices;
  for (const auto& item : now) {
    auto product = co_await ref<shop::Product>(item.sku).view();
    if (!product->getOnSale()) throw Refusal("not_on_sale", fmt::format("'{}' is no longer for sale", item.sku));
    prices.push_back(product->getPriceCents());
  }
  auto created = co_await order.create([&](auto p) {
    p.setUser(user);
    p.setAddress(in.getAddress());
    auto lines = p.initLines(static_cast<unsigned>(now.size()));
    for (unsigned i = 0; i < now.size(); ++i) {
      lines[i].setSku(now[i].sku);
      lines[i].setQuantity(now[i].quantity);
      lines[i].setUnitCents(prices[i]);
    }
  });
  keep({});
  out.setTotalCents(created->getTotalCents());
}

std::vector<Cart::Item> Cart::items() const {
  std::vector<Item> items;
  for (auto item : state().getItems()) items.push_back({to_string(item.getSku()), item.getQuantity()});
  return items;
}

void Cart::keep(const std::vector<Item>& items) {
  auto list = edit().initItems(static_cast<unsigned>(items.size()));
  for (unsigned i = 0; i < items.size(); ++i) {
    list[i].setSku(items[i].sku);
    list[i].setQuantity(items[i].quantity);
  }
  touch();
}

void Cart::touch() {
  if (state().getItems().size() == 0) {
    cancel_reminder(kExpire);
    edit().setKeptUntilMs(0);
    return;
  }
  const auto asked = troupe::saturated<std::chrono::milliseconds>(
      std::chrono::duration<std::uint64_t, std::milli>(state().getKeepForMs()));
  const auto kept = state().getKeepForMs() > 0 ? asked : kKept;
  const auto until = troupe::later(now(), kept);
  remind_at(kExpire, until);
  edit().setKeptUntilMs(static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(until.time_since_epoch()).count()));
}

}  // namespace demo
