// What the host program told a node beside its configuration.
#pragma once

#include <atomic>
#include <optional>
#include <vector>

#include "host/service_checks.h"
#include "troupe/supervision.h"

namespace troupe::host {

// What the node was told to supervise.
struct Supervised {
  Supervision tree;
  SupervisionEvents events;
};

struct NodeOrders {
  std::optional<Supervised> supervised{};
  std::vector<ServiceCheck> checks{};
  // Whether it takes part as soon as it can: Node::ready(). Any thread.
  std::atomic<bool> ready{true};
};

}  // namespace troupe::host
