// What one user has ordered, from orders' events alone. The key is the user name.
#pragma once

#include <troupe/table.h>

#include "views.capnp.troupe.h"

namespace demo {

class OrderHistory final : public shop::OrderHistoryActor {
 private:
  troupe::Task<> onOrders(OnOrdersParams::Reader in, OnOrdersResults::Builder out) override;
  troupe::Task<> list(ListParams::Reader in, ListResults::Builder out) override;

  void end_as(const std::string& order, shop::OrderStatus status);
  [[nodiscard]] troupe::Table<shop::PastOrder> orders() { return table<shop::PastOrder>("orders"); }
  [[nodiscard]] troupe::Table<shop::PlacedAt> places() { return table<shop::PlacedAt>("places"); }
};

}  // namespace demo
