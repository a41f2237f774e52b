// What Node::directory() gives: the cluster as this node knows it, made anew when something of it has changed.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "host/node_parts.h"
#include "troupe/directory.h"

namespace troupe::host {

// A member's standing, from what its record says of it.
[[nodiscard]] MemberStanding standing_of(cluster::MemberState state, bool ready) noexcept;

class DirectoryBook {
 public:
  // All outlive it.
  DirectoryBook(std::string cluster, NodeParts& running) : cluster_(std::move(cluster)), running_(running) {}

  // Any thread.
  [[nodiscard]] std::shared_ptr<const ClusterDirectory> get();

 private:
  // What it is made of; while that stays it stays.
  struct Signs {
    std::uint64_t view = 0;           // its version
    std::vector<std::uint8_t> links;  // of each member
    NodeCondition condition{};        // of this node
    friend bool operator==(const Signs&, const Signs&) = default;
  };
  [[nodiscard]] Signs signs(const cluster::ClusterView& view) const;
  [[nodiscard]] std::shared_ptr<const ClusterDirectory> make(const cluster::ClusterView& view,
                                                             const Signs& signs) const;

  const std::string cluster_;
  NodeParts& running_;
  std::mutex mutex_;
  Signs signs_;
  std::shared_ptr<const ClusterDirectory> last_;
};

}  // namespace troupe::host
