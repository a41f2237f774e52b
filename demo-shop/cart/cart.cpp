#include "cart/cart.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "catalogue.capnp.troupe.h"
#include "lists.h"
#include "orders.capnp.troupe.h"
#include "orders/limits.h"
#include "stock.capnp.troupe.h"

namespace demo {

using troupe::Refusal;
using troupe::Task;
using namespace std::chrono_literals;

namespace {

constexpr auto kKept = 30min;
constexpr std::string_view kExpire = "expire";
// An order gives back within seconds, long before so many others of the same cart have taken.
constexpr std::size_t kTakenOrders = 32;

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
    if (!made.ok() && made.error().code() != "no_such_order") throw made.error();
    if (!made.ok() || to_string(made.value()->getUser()) != user)
      throw Refusal("cart_empty", fmt::format("the cart of {} is empty", user));
    out.setTotalCents(made.value()->getTotalCents());
    co_return;
  }

  struct Offer {
    std::uint64_t cents;
    std::string name, name_zh;
  };
  std::vector<Offer> offers;
  for (const auto& item : now) {
    auto product = co_await ref<shop::Product>(item.sku).view();
    if (!product->getOnSale()) throw Refusal("not_on_sale", fmt::format("'{}' is no longer for sale", item.sku));
    offers.push_back({product->getPriceCents(), to_string(product->getName()), to_string(product->getNameZh())});
  }
  auto created = co_await order.create([&](auto p) {
    p.setUser(user);
    p.setAddress(in.getAddress());
    auto lines = p.initLines(static_cast<unsigned>(now.size()));
    for (unsigned i = 0; i < now.size(); ++i) {
      lines[i].setSku(now[i].sku);
      lines[i].setQuantity(now[i].quantity);
      lines[i].setUnitCents(offers[i].cents);
      lines[i].setName(offers[i].name);
      lines[i].setNameZh(offers[i].name_zh);
    }
  });
  keep({});
  out.setTotalCents(created->getTotalCents());
}

Task<> Cart::show(ShowParams::Reader, ShowResults::Builder out) {
  const auto now = items();
  out.setKeptUntilMs(state().getKeptUntilMs());
  // Side by side.
  std::vector<decltype(ref<shop::Product>("sku").view())> products;
  std::vector<decltype(ref<shop::Stock>("sku").level())> levels;
  for (const auto& item : now) {
    products.push_back(ref<shop::Product>(item.sku).view());
    levels.push_back(ref<shop::Stock>(item.sku).level());
  }
  auto lines = out.initLines(static_cast<unsigned>(now.size()));
  std::uint64_t total = 0;
  std::uint32_t count = 0;
  for (unsigned i = 0; i < now.size(); ++i) {
    auto product = co_await std::move(products[i]);
    auto level = co_await std::move(levels[i]);
    const auto cents = now[i].quantity * product->getPriceCents();
    lines[i].setSku(now[i].sku);
    lines[i].setName(product->getName());
    lines[i].setNameZh(product->getNameZh());
    lines[i].setQuantity(now[i].quantity);
    lines[i].setUnitCents(product->getPriceCents());
    lines[i].setCents(cents);
    lines[i].setOnSale(product->getOnSale());
    lines[i].setOnHand(level->getOnHand());
    total += product->getOnSale() ? cents : 0;
    count += now[i].quantity;
  }
  out.setTotalCents(total);
  out.setCount(count);
}

Task<> Cart::take(TakeParams::Reader in, TakeResults::Builder) {
  const std::string order = to_string(in.getOrder());
  auto taken = to_strings(state().getTaken());
  if (holds(taken, order)) co_return;
  auto now = items();
  for (auto item : in.getItems()) {
    const auto same =
        std::find_if(now.begin(), now.end(), [&](const Item& i) { return item.getSku() == i.sku.c_str(); });
    if (same == now.end() || same->quantity < item.getQuantity())
      throw Refusal("cart_changed",
                    fmt::format("the cart of {} has changed meanwhile: '{}'", key(), to_string(item.getSku())));
    same->quantity -= item.getQuantity();
  }
  std::erase_if(now, [](const Item& i) { return i.quantity == 0; });
  keep(now);
  remember(taken, order, kTakenOrders);
  fill(edit().initTaken(static_cast<unsigned>(taken.size())), taken);
}

Task<> Cart::giveBack(GiveBackParams::Reader in, GiveBackResults::Builder) {
  const std::string order = to_string(in.getOrder());
  auto taken = to_strings(state().getTaken());
  if (std::erase(taken, order) == 0) co_return;
  auto now = items();
  for (auto item : in.getItems()) {
    const auto same =
        std::find_if(now.begin(), now.end(), [&](const Item& i) { return item.getSku() == i.sku.c_str(); });
    if (same != now.end()) {
      same->quantity = std::min(same->quantity + item.getQuantity(), kMostOfOne);
    } else if (now.size() < kMostLines) {
      now.push_back({to_string(item.getSku()), item.getQuantity()});
    }
  }
  keep(now);
  fill(edit().initTaken(static_cast<unsigned>(taken.size())), taken);
  co_return;
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
