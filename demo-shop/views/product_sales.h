// How products sell, from orders' events alone.
#pragma once

#include <troupe/table.h>

#include <cstdint>
#include <string>

#include "views.capnp.troupe.h"

namespace demo {

class ProductSales final : public shop::ProductSalesActor {
 private:
  troupe::Task<> onOrders(OnOrdersParams::Reader in, OnOrdersResults::Builder out) override;
  troupe::Task<> of(OfParams::Reader in, OfResults::Builder out) override;
  troupe::Task<> bestSellers(BestSellersParams::Reader in, BestSellersResults::Builder out) override;
  troupe::Task<> list(ListParams::Reader in, ListResults::Builder out) override;
  troupe::Task<> days(DaysParams::Reader in, DaysResults::Builder out) override;

  template <class Edit>
  void edit_day(std::uint64_t time_ms, Edit edit);
  [[nodiscard]] troupe::Table<shop::DaySale> by_day() { return table<shop::DaySale>("days"); }
  [[nodiscard]] troupe::Table<shop::ProductSale> products() { return table<shop::ProductSale>("products"); }
};

}  // namespace demo
