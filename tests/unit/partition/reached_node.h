// A node whose partitions a test opens and closes.
#pragma once

#include <doctest/doctest.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "base/partition_kinds.h"
#include "contract/cast.h"
#include "contract/distance.h"
#include "host/node_parts.h"
#include "host/test_hooks.h"
#include "support/scratch_directory.h"

namespace troupe::partition {

class ReachedNode {
 public:
  // Not started, and hosts nothing yet.
  explicit ReachedNode(NodeConfig config) {
    if (config.data_dir.empty()) config.data_dir = directory_ / "node";
    auto hooks = std::make_shared<host::TestHooks>();
    hooks->begun = [this](host::NodeParts& parts) { parts_ = &parts; };
    config.test_hooks = std::move(hooks);
    node_ = std::make_unique<Node>(std::move(config));
  }
  // One that owns all, hosts the cast and runs.
  ReachedNode() : ReachedNode(NodeConfig{.threads = 2, .default_timeout = std::chrono::seconds(60)}) {
    contract::host_cast(*node_);
    node_->start();
  }

  [[nodiscard]] Node& node() const noexcept { return *node_; }
  [[nodiscard]] host::NodeParts& parts() const noexcept { return *parts_; }
  template <class Interface>
  [[nodiscard]] static PartitionId number_of(const std::string& key) {
    return partition_of(ServiceOf<Interface>::info().id, key, ServiceOf<Interface>::info().durable());
  }
  [[nodiscard]] Partition& partition(PartitionId id) const { return *parts_->partitions().at(id).value(); }
  template <class Interface>
  [[nodiscard]] Partition& partition_of_actor(const std::string& key) const {
    return partition(number_of<Interface>(key));
  }

 private:
  testing::ScratchDirectory directory_;
  host::NodeParts* parts_ = nullptr;
  std::unique_ptr<Node> node_;
};

inline void reopen(Partition& partition) { partition.open(partition.epoch() + 1).value(); }

// The nth key of a service that lies in the partition.
template <class Interface>
[[nodiscard]] std::string key_in(PartitionId partition, int nth = 0) {
  for (int i = 0;; ++i) {
    std::string key = "k" + std::to_string(i);
    if (ReachedNode::number_of<Interface>(key) == partition && nth-- == 0) return key;
  }
}

}  // namespace troupe::partition
