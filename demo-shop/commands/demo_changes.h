// What the demo does to its cluster while the shop is open: a node joins, one leaves, the others are started anew one
// after the other. Each step says how long it took, and what the visitors noticed of it.
#pragma once

#include <troupe/member_client.h>
#include <troupe/node.h>
#include <troupe/processes.h>

#include <functional>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "config/shop_config.h"
#include "story/visitors.h"

namespace demo {

// What one of them came to.
struct ClusterStep {
  std::string what;  // join | leave | roll
  std::string node;
  std::int64_t ms = 0;
  std::size_t moved = 0;    // partitions that had another owner afterwards, or in between
  std::size_t to_move = 0;  // that had to
};
[[nodiscard]] nlohmann::json as_json(const std::vector<ClusterStep>& steps);

class ClusterChanges {
 public:
  using Say = std::function<void(const std::string& line)>;
  // `config` has the nodes that run, and has them afterwards.
  ClusterChanges(troupe::ProcessTree& processes, ShopConfig& config, Visitors& visitors, Say say)
      : processes_(processes), config_(config), visitors_(visitors), say_(std::move(say)) {}

  // Throws troupe::Error when a step does not come to its end.
  std::vector<ClusterStep> play();

 private:
  ClusterStep join(const std::string& name);
  ClusterStep leave(const std::string& name);
  ClusterStep roll(const ShopNode& node);
  [[nodiscard]] troupe::MemberClient members() const;
  // Partition by partition.
  [[nodiscard]] std::map<int, std::string> owners() const;
  void tell(const std::string& what);

  troupe::ProcessTree& processes_;
  ShopConfig& config_;
  Visitors& visitors_;
  const Say say_;
};

}  // namespace demo
