// The far side of gateway_order: peers that order, in a process of their own.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace troupe::bench {

struct OrderFigures {
  double per_second;  // kHttpConnections connections, one order under way in each
  double p99_us;      // at half of that, from when an order was due; 0 when it was not asked for
};

// Orders by POST to /orders with that token, over a server of this process.
[[nodiscard]] OrderFigures http_orders(std::uint16_t port, const std::string& token, std::chrono::nanoseconds time,
                                       bool at_half_load);

// For the started side: "PORT SECONDS TOKEN full|half".
void serve_http_orders(const std::vector<std::string>& words);

}  // namespace troupe::bench
