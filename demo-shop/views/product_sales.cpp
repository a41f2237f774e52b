#include "views/product_sales.h"

#include <topic/payload.h>

#include <algorithm>
#include <vector>

#include "events.capnp.h"
#include "lists.h"

namespace demo {

using troupe::Task;
using troupe::topic::Payload;

namespace {

constexpr std::uint32_t kMostBestSellers = 100;
constexpr std::uint32_t kBestSellers = 10;
constexpr std::size_t kPage = 500;

using Sale = troupe::Table<shop::ProductSale>::Stored;

}  // namespace

Task<> ProductSales::onOrders(OnOrdersParams::Reader in, OnOrdersResults::Builder) {
  auto sales = products();
  for (auto event : in.getEvents()) {
    const auto type = to_string(event.getType());
    if (type == "OrderPlaced") {
      Payload<shop::OrderPlaced> placed(event);
      for (auto line : placed->getLines()) {
        sales.edit(to_string(line.getSku()), [&](auto sale) {
          sale.setOrders(sale.getOrders() + 1);
          sale.setQuantity(sale.getQuantity() + line.getQuantity());
          sale.setCents(sale.getCents() + line.getQuantity() * line.getUnitCents());
        });
      }
    } else if (type == "OrderCancelled") {
      Payload<shop::OrderCancelled> cancelled(event);
      for (auto line : cancelled->getLines()) {
        sales.edit(to_string(line.getSku()), [&](auto sale) {
          sale.setQuantity(sale.getQuantity() - line.getQuantity());
          sale.setCents(sale.getCents() - line.getQuantity() * line.getUnitCents());
          sale.setCancelled(sale.getCancelled() + line.getQuantity());
        });
      }
    }
  }
  edit().setEvents(state().getEvents() + in.getEvents().size());
  co_return;
}

Task<> ProductSales::of(OfParams::Reader in, OfResults::Builder out) {
  if (auto sale = products().get(to_string(in.getSku()))) out.setSale(**sale);
  co_return;
}

Task<> ProductSales::bestSellers(BestSellersParams::Reader in, BestSellersResults::Builder out) {
  const std::size_t limit = in.getLimit() == 0 ? kBestSellers : std::min(in.getLimit(), kMostBestSellers);
  const auto better = [](const Sale& a, const Sale& b) { return a->getQuantity() > b->getQuantity(); };
  std::vector<Sale> best;
  std::string after;
  for (bool more = true; more;) {
    auto page = products().page({.from = after, .limit = kPage});
    for (const auto& sale : page) {
      best.push_back(sale);
      after = sale.key + '\0';
    }
    std::stable_sort(best.begin(), best.end(), better);
    best.erase(best.begin() + static_cast<std::ptrdiff_t>(std::min(best.size(), limit)), best.end());
    more = page.more();
  }
  auto list = out.initProducts(static_cast<unsigned>(best.size()));
  for (unsigned i = 0; i < best.size(); ++i) {
    list[i].setSku(best[i].key);
    list[i].setSale(*best[i]);
  }
  co_return;
}

Task<> ProductSales::list(ListParams::Reader in, ListResults::Builder out) {
  const auto after = to_string(in.getAfter());
  auto page = products().page({.from = after.empty() ? after : after + '\0', .limit = kPage});
  auto list = out.initProducts(static_cast<unsigned>(page.size()));
  for (unsigned i = 0; i < page.size(); ++i) {
    list[i].setSku(page[i].key);
    list[i].setSale(*page[i]);
  }
  out.setMore(page.more());
  out.setEvents(state().getEvents());
  co_return;
}

}  // namespace demo
