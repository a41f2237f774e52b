// Several shoppers who order at the same time, each on a thread of its own. What each of them gets depends on the seed
// alone: stock is plenty, and money is each one's own.
#pragma once

#include <array>

#include "story/script.h"
#include "story/shopper.h"

namespace demo {

inline const std::array<Clerk::Goods, 5> kGoods = {{{"tea", "Green tea", "kitchen", 450},
                                                    {"mug", "Mug", "kitchen", 900},
                                                    {"kettle", "Kettle", "kitchen", 3900},
                                                    {"book", "Cookery book", "books", 2400},
                                                    {"lamp", "Desk lamp", "office", 5900}}};

// One line per shopper, and what was acknowledged of every order. Throws what the first unlucky shopper met.
[[nodiscard]] Facts shop_together(troupe::Node& node, const Scene& scene, const Patience& patience,
                                  const OnOrder& on_order);

}  // namespace demo
