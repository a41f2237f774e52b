// A shop of several nodes inside the test's own process, and a seat to call it from.
#pragma once

#include <fmt/format.h>
#include <troupe/testing.h>

#include <string>
#include <vector>

#include "actors.h"
#include "config/shop_config.h"
#include "events/order_events.h"

namespace demo::testing {

// What a shop's node gets to know by its configuration; place and links stay the testbed's.
inline void configure_as_shop(troupe::NodeConfig& config) {
  auto shop = node_config(ShopConfig{}, ShopNode{.name = config.name, .data_dir = config.data_dir}, {});
  shop.members = config.members;
  shop.threads = config.threads;
  shop.admin = config.admin;
  config = std::move(shop);
}

inline void host_all(troupe::Node& node) { host_shop(node); }

// Time runs, because the shop's callers wait as people do; clock() moves it ahead.
class ShopCluster : public troupe::testing::TestCluster {
 public:
  explicit ShopCluster(unsigned nodes)
      : TestCluster({.nodes = names(nodes),
                     .clients = {"client"},
                     .host = host_all,
                     .configure = configure_as_shop,
                     .time = troupe::testing::Time::runs}) {
    prepare_shop(client(), std::chrono::seconds(20));
  }

  [[nodiscard]] troupe::Node& client() const { return node("client"); }

 private:
  static std::vector<std::string> names(unsigned nodes) {
    std::vector<std::string> out;
    for (unsigned i = 1; i <= nodes; ++i) out.push_back(fmt::format("shop-{}", i));
    return out;
  }
};

}  // namespace demo::testing
