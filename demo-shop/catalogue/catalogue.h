// Every SKU the shop has or had, to list and to search. One actor, with the key "main".
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "catalogue.capnp.troupe.h"

namespace demo {

class Catalogue final : public shop::CatalogueActor {
 private:
  troupe::Task<> put(PutParams::Reader in, PutResults::Builder out) override;
  troupe::Task<> search(SearchParams::Reader in, SearchResults::Builder out) override;
  troupe::Task<> categories(CategoriesParams::Reader in, CategoriesResults::Builder out) override;
  troupe::Task<> lowStock(LowStockParams::Reader in, LowStockResults::Builder out) override;

  // How many there are of each, in that order; asked side by side, and not again within half a second.
  troupe::Task<std::vector<std::uint64_t>> on_hand(std::vector<std::string> skus);

  struct Level {
    std::uint64_t on_hand;
    std::chrono::milliseconds asked;  // by the node's time
  };
  std::map<std::string, Level> levels_;  // of this activation
};

}  // namespace demo
