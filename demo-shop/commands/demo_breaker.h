// What the demo shows of a callee that hangs: one node stands still for a moment, the breaker of who calls it opens,
// and closes when the node goes on.
#pragma once

#include <troupe/node.h>
#include <troupe/processes.h>

#include <functional>
#include <string>

#include "config/shop_config.h"

namespace demo {

// What the demo's own node has in NodeConfig::calls for it.
[[nodiscard]] troupe::CoveredCalls breaker_of_demo();

// What came of it.
struct BreakerStory {
  std::int64_t opened_ms = 0;   // after the node stood still
  unsigned waited = 0;          // calls that hung until then
  unsigned turned_away = 0;     // calls that ended at once while it was open
  std::int64_t slowest_us = 0;  // of those
  std::int64_t closed_ms = 0;   // after the node went on
};

// Throws std::runtime_error when the breaker does neither. `node` has breaker_of_demo().
[[nodiscard]] BreakerStory stand_still(troupe::ProcessTree& processes, const ShopConfig& config, troupe::Node& node,
                                       const std::function<void(const std::string& line)>& say);

}  // namespace demo
