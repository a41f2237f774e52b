// How many of one SKU there are. The key is the SKU. At all times received = on hand + reserved + sold.
//
// Every method that changes something is idempotent by the order or the delivery it is told: callers may ask again
// after any failure. An order that was sold or released is closed: a late echo of its reservation is refused.
#pragma once

#include <string>
#include <vector>

#include "stock.capnp.troupe.h"

namespace demo {

class Stock final : public shop::StockActor {
 private:
  troupe::Task<> restock(RestockParams::Reader in, RestockResults::Builder out) override;
  troupe::Task<> reserve(ReserveParams::Reader in, ReserveResults::Builder out) override;
  troupe::Task<> release(ReleaseParams::Reader in, ReleaseResults::Builder out) override;
  troupe::Task<> sell(SellParams::Reader in, SellResults::Builder out) override;
  troupe::Task<> level(LevelParams::Reader in, LevelResults::Builder out) override;
  troupe::Task<> reservations(ReservationsParams::Reader in, ReservationsResults::Builder out) override;

  struct Reserved {
    std::string order;
    std::uint32_t quantity;
  };
  [[nodiscard]] std::vector<Reserved> reserved() const;
  void keep(const std::vector<Reserved>& rows);
  // Takes the order's reservation out and closes the order. What it had reserved: 0 if nothing.
  std::uint32_t close(const std::string& order);
};

}  // namespace demo
