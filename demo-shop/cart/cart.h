// What a user is about to order. The key is the user name. A cart that nobody touches is emptied after a while, by a
// reminder.
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
  troupe::Task<> keepFor(KeepForParams::Reader in, KeepForResults::Builder out) override;
  troupe::Task<> on_reminder(std::string_view name) override;
  troupe::Task<> checkOut(CheckOutParams::Reader in, CheckOutResults::Builder out) override;
  troupe::Task<> show(ShowParams::Reader in, ShowResults::Builder out) override;
  troupe::Task<> take(TakeParams::Reader in, TakeResults::Builder out) override;
  troupe::Task<> giveBack(GiveBackParams::Reader in, GiveBackResults::Builder out) override;

  struct Item {
    std::string sku;
    std::uint32_t quantity;
  };
  [[nodiscard]] std::vector<Item> items() const;
  void keep(const std::vector<Item>& items);
  // Counts the time it is kept from now on.
  void touch();
};

}  // namespace demo
