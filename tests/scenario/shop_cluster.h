// A shop of several nodes inside the test's own process, and a seat to call it from.
#pragma once

#include <fmt/format.h>
#include <troupe/node.h>

#include <memory>
#include <stdexcept>
#include <vector>

#include "actors.h"
#include "config/shop_config.h"
#include "events/order_events.h"
#include "support/scratch_directory.h"

namespace demo::testing {

class ShopCluster {
 public:
  explicit ShopCluster(unsigned nodes) {
    const auto config = local_config(nodes, dir_.path());
    for (const auto& node : config.nodes) start(node_config(config, node, {}));
    start(client_config(config, {}));
    if (!client().wait_connected(std::chrono::seconds(20))) throw std::runtime_error("the nodes do not connect");
    declare_topics(client(), std::chrono::seconds(20));
  }
  ~ShopCluster() {
    // The caller goes first, so that nothing is asked of nodes that are going.
    while (!nodes_.empty()) nodes_.pop_back();
  }

  [[nodiscard]] troupe::Node& client() { return *nodes_.back(); }

 private:
  void start(troupe::NodeConfig config) {
    config.admin = false;
    nodes_.push_back(std::make_unique<troupe::Node>(std::move(config)));
    host_shop(*nodes_.back());
    nodes_.back()->start();
  }

  troupe::testing::ScratchDirectory dir_;
  std::vector<std::unique_ptr<troupe::Node>> nodes_;
};

}  // namespace demo::testing
