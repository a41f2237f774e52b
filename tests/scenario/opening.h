// What most shops of these tests open with: tea at 5.00, and Anna, who has signed up and has money.
#pragma once

#include <cstdint>

#include "story/shopper.h"

namespace demo::testing {

struct Opening {
  std::uint32_t teas = 1'000;
  std::uint32_t mugs = 0;  // at 9.00; none is on offer
  std::uint64_t cents = 1'000'000;
};

inline void open(troupe::Node& node, const Opening& opening = {}) {
  Clerk clerk(node, {});
  clerk.offer({"tea", "Tea", "kitchen", 500});
  clerk.restock("tea", "first", opening.teas);
  if (opening.mugs > 0) {
    clerk.offer({"mug", "Mug", "kitchen", 900});
    clerk.restock("mug", "first", opening.mugs);
  }
  Shopper anna(node, "anna", {});
  anna.sign_up("correct horse", "Anna");
  anna.deposit("first", opening.cents);
}

}  // namespace demo::testing
