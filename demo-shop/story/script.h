// The scripted shopper's day: the same calls in the same shop, whatever it runs on.
//
// The facts it returns depend on the scene alone, not on the number of nodes, on timing, or on nodes that die in the
// middle: that is what the demo and the tests compare.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "audit/books.h"
#include "story/narrator.h"

namespace demo {

struct Scene {
  std::uint64_t seed = 1;
  // The crowd of the last chapter, all at once.
  unsigned shoppers = 4;
  unsigned orders_each = 12;
};

struct Facts {
  // What happened, in the order of the script; of the crowd, shopper by shopper.
  std::vector<std::string> lines;
  Acknowledged orders;
  // Calls that got no answer at first. Not part of the comparison: it depends on who dies when.
  std::uint64_t asked_again = 0;
};

// Called after each of the crowd's orders with how many there were, from whichever thread ordered.
using OnOrder = std::function<void(unsigned orders_so_far)>;

// Plays the script against the shop that `node` is a member of. Outside actors. Throws troupe::Error when the shop
// stops answering, std::runtime_error when something went another way than the script says.
[[nodiscard]] Facts play(troupe::Node& node, const Scene& scene, const Narrator& narrator, OnOrder on_order = {});

}  // namespace demo
