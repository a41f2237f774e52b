// The orders of one user, the oldest first. The key is the user name.
#pragma once

#include <string>
#include <vector>

#include "orders.capnp.troupe.h"

namespace demo {

class OrderBook final : public shop::OrderBookActor {
 private:
  troupe::Task<> add(AddParams::Reader in, AddResults::Builder out) override;
  troupe::Task<> list(ListParams::Reader in, ListResults::Builder out) override;
  troupe::Task<> mine(MineParams::Reader in, MineResults::Builder out) override;
  troupe::Task<> forget(ForgetParams::Reader in, ForgetResults::Builder out) override;
};

}  // namespace demo
