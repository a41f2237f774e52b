// One thing the shop sells. The key is its SKU.
#pragma once

#include "catalogue.capnp.troupe.h"

namespace demo {

class Product final : public shop::ProductActor {
 private:
  troupe::Task<> create(CreateParams::Reader in, CreateResults::Builder out) override;
  troupe::Task<> update(UpdateParams::Reader in, UpdateResults::Builder out) override;
  troupe::Task<> discontinue(DiscontinueParams::Reader in, DiscontinueResults::Builder out) override;
  troupe::Task<> view(ViewParams::Reader in, ViewResults::Builder out) override;

  // Tells the catalogue what this turn is about to commit. A crash between the two commits leaves the catalogue
  // ahead until whoever called asks again: both writes replace, so asking again is all the repair there is.
  troupe::Task<> tell_catalogue();
  void require_known() const;
};

}  // namespace demo
