// Every SKU the shop has or had, to list and to search. One actor, with the key "main".
#pragma once

#include "catalogue.capnp.troupe.h"

namespace demo {

class Catalogue final : public shop::CatalogueActor {
 private:
  troupe::Task<> put(PutParams::Reader in, PutResults::Builder out) override;
  troupe::Task<> search(SearchParams::Reader in, SearchResults::Builder out) override;
};

}  // namespace demo
