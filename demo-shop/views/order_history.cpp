#include "views/order_history.h"

#include <topic/payload.h>

#include <string>

#include "events.capnp.h"
#include "lists.h"
#include "views/time_rows.h"

namespace demo {

using shop::OrderStatus;
using troupe::Task;
using troupe::topic::Payload;

namespace {

// Of a page; as many where nobody says how many.
constexpr std::uint32_t kMostListed = 100;
constexpr std::uint32_t kListed = 20;

}  // namespace

Task<> OrderHistory::onOrders(OnOrdersParams::Reader in, OnOrdersResults::Builder) {
  for (auto event : in.getEvents()) {
    const auto type = to_string(event.getType());
    if (type == "OrderPlaced") {
      Payload<shop::OrderPlaced> placed(event);
      const auto order = to_string(placed->getOrder());
      const auto row = time_row(event.getTimeMs(), order);
      orders().put(row, [&](auto past) {
        past.setOrder(order);
        past.setPlacedMs(event.getTimeMs());
        past.setTotalCents(placed->getTotalCents());
        past.setStatus(OrderStatus::CONFIRMED);
        past.setLines(placed->getLines());
      });
      places().put(order, [&](auto place) { place.setRow(to_data(row)); });
    } else if (type == "OrderCancelled") {
      end_as(to_string(troupe::at_once(Payload<shop::OrderCancelled>(event))->getOrder()), OrderStatus::CANCELLED);
    } else if (type == "OrderShipped") {
      end_as(to_string(troupe::at_once(Payload<shop::OrderShipped>(event))->getOrder()), OrderStatus::SHIPPED);
    }
  }
  edit().setEvents(state().getEvents() + in.getEvents().size());
  co_return;
}

void OrderHistory::end_as(const std::string& order, OrderStatus status) {
  const auto place = places().get(order);
  if (!place) throw std::logic_error("order " + order + " came to an end before it was placed");
  orders().edit(to_string((*place)->getRow()), [&](auto past) { past.setStatus(status); });
}

Task<> OrderHistory::list(ListParams::Reader in, ListResults::Builder out) {
  const std::size_t limit = page_size(in.getLimit(), kListed, kMostListed);
  auto page = orders().page({.to = to_string(in.getBefore()), .backward = true, .limit = limit});
  auto list = out.initOrders(static_cast<unsigned>(page.size()));
  for (unsigned i = 0; i < page.size(); ++i) list.setWithCaveats(i, *page[i]);
  out.setMore(page.more());
  if (!page.empty()) out.setNext(to_data(page[page.size() - 1].key));
  co_return;
}

}  // namespace demo
