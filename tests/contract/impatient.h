// A node that gives a delivery up soon.
#pragma once

#include <troupe/node.h>

#include <chrono>

namespace troupe::contract {

inline void be_impatient(NodeConfig& config) {
  config.delivery = {.tries = 3, .backoff = std::chrono::milliseconds(5), .max_backoff = std::chrono::milliseconds(20)};
}

}  // namespace troupe::contract
