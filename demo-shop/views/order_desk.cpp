#include "views/order_desk.h"

#include <topic/payload.h>

#include <stdexcept>

#include "events.capnp.h"
#include "found_page.h"
#include "lists.h"
#include "views/time_rows.h"

namespace demo {

using shop::OrderStatus;
using troupe::Task;
using troupe::topic::Payload;

namespace {

// Of a page; as many where nobody says how many.
constexpr std::uint32_t kMostAtDesk = 100;
constexpr std::uint32_t kAtDesk = 20;

}  // namespace

Task<> OrderDesk::onOrders(OnOrdersParams::Reader in, OnOrdersResults::Builder) {
  for (auto event : in.getEvents()) {
    const auto type = to_string(event.getType());
    if (type == "OrderPlaced") {
      Payload<shop::OrderPlaced> placed(event);
      hear_of(*placed, OrderStatus::CONFIRMED, event.getTimeMs());
    } else if (type == "OrderRefused") {
      Payload<shop::OrderRefused> refused(event);
      hear_of(*refused, refused->getStatus(), event.getTimeMs());
    } else if (type == "OrderCancelled") {
      Payload<shop::OrderCancelled> cancelled(event);
      end_as(to_string(cancelled->getOrder()), OrderStatus::CANCELLED);
    } else if (type == "OrderShipped") {
      Payload<shop::OrderShipped> shipped(event);
      end_as(to_string(shipped->getOrder()), OrderStatus::SHIPPED);
    }
  }
  edit().setEvents(state().getEvents() + in.getEvents().size());
  co_return;
}

template <class Event>
void OrderDesk::hear_of(const Event& event, OrderStatus status, std::uint64_t time_ms) {
  const auto order = to_string(event.getOrder());
  const auto row = time_row(time_ms, order);
  orders().put(row, [&](auto heard) {
    heard.setOrder(order);
    heard.setUser(event.getUser());
    heard.setPlacedMs(time_ms);
    heard.setTotalCents(event.getTotalCents());
    heard.setStatus(status);
    heard.setLines(event.getLines());
  });
  places().put(order, [&](auto place) { place.setRow(to_data(row)); });
}

// An order that a build without a desk cancelled as a draft was never heard of.
void OrderDesk::end_as(const std::string& order, OrderStatus status) {
  const auto place = places().get(order);
  if (place) orders().edit(to_string((*place)->getRow()), [&](auto heard) { heard.setStatus(status); });
}

Task<> OrderDesk::list(ListParams::Reader in, ListResults::Builder out) {
  const auto found = find_page(
      orders(),
      {.after = to_string(in.getBefore()), .backward = true, .rows = page_size(in.getLimit(), kAtDesk, kMostAtDesk)},
      [&](shop::DeskOrder::Reader order) {
        return (in.getStatus() == OrderStatus::NONE || order.getStatus() == in.getStatus()) &&
               (in.getUser().size() == 0 || order.getUser() == in.getUser());
      });
  found.fill(out.initOrders(found.size()));
  out.setMore(found.more);
  out.setNext(to_data(found.last));
  co_return;
}

}  // namespace demo
