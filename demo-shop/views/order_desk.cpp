#include "views/order_desk.h"

#include <topic/payload.h>

#include <algorithm>
#include <stdexcept>
#include <vector>

#include "events.capnp.h"
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
// Rows that one page looks at before it hands out what it has.
constexpr std::size_t kMostLookedAt = 5'000;
constexpr std::size_t kDeskRows = 500;

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
  const std::size_t limit = in.getLimit() == 0 ? kAtDesk : std::min(in.getLimit(), kMostAtDesk);
  std::vector<troupe::Table<shop::DeskOrder>::Stored> found;
  std::string last = to_string(in.getBefore());
  std::size_t looked = 0;
  const auto fits = [&](shop::DeskOrder::Reader order) {
    return (in.getStatus() == OrderStatus::NONE || order.getStatus() == in.getStatus()) &&
           (in.getUser().size() == 0 || order.getUser() == in.getUser());
  };
  orders().for_each({.after = last, .backward = true, .limit = kDeskRows}, [&](const auto& row) {
    if (found.size() == limit || looked == kMostLookedAt) {
      out.setMore(true);
      return false;
    }
    ++looked;
    last = row.key;
    if (fits(*row)) found.push_back(row);
    return true;
  });
  auto list = out.initOrders(static_cast<unsigned>(found.size()));
  for (unsigned i = 0; i < found.size(); ++i) list.setWithCaveats(i, *found[i]);
  out.setNext(to_data(last));
  co_return;
}

}  // namespace demo
