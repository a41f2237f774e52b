// What a user is about to order. The key is the user name.
#pragma once

#include <string>
#include <vector>

#include "cart.capnp.troupe.h"

namespace demo {

class Cart final : public shop::CartActor {
 private:
  troupe::Task<> put(PutParams::Reader in, PutResults::Builder out) override;
  troupe::Task<> remove(RemoveParams::Reader in, RemoveResults::Builder out) override;
  troupe::Task<> clear(ClearParams::Reader in, ClearResults::Builder out) override;
  troupe::Task<> view(ViewParams::Reader in, ViewResults::Builder out) override;
  troupe::Task<> checkOut(CheckOutParams::Reader in, CheckOutResults::Builder out) override;

  struct Item {
    std::string sku;
    std::uint32_t quantity;
  };
  [[nodiscard]] std::vector<Item> items() const;
  void keep(const std::vector<Item>& items);
};

}  // namespace demo
