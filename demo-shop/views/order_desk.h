// Everybody's orders, from orders' events alone, for those who ship them. One actor, with the key "main".
#pragma once

#include <troupe/table.h>

#include <cstdint>
#include <string>

#include "views.capnp.troupe.h"

namespace demo {

class OrderDesk final : public shop::OrderDeskActor {
 private:
  troupe::Task<> onOrders(OnOrdersParams::Reader in, OnOrdersResults::Builder out) override;
  troupe::Task<> list(ListParams::Reader in, ListResults::Builder out) override;

  // Of an event that has an order's user, lines and total.
  template <class Event>
  void hear_of(const Event& event, shop::OrderStatus status, std::uint64_t time_ms);
  void end_as(const std::string& order, shop::OrderStatus status);
  [[nodiscard]] troupe::Table<shop::DeskOrder> orders() { return table<shop::DeskOrder>("orders"); }
  [[nodiscard]] troupe::Table<shop::PlacedAt> places() { return table<shop::PlacedAt>("places"); }
};

}  // namespace demo
