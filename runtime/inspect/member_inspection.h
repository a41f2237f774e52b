// What the debug tool sees of a cluster's members and partitions: the coordinator's records, or the list of the
// configuration, in words; and what it orders, as changes of these records.
#pragma once

#include <utility>

#include "host/directory_book.h"
#include "host/node_parts.h"
#include "membership/orders.h"
#include "membership/records.h"
#include "observe/member_source.h"
#include "troupe/node.h"

namespace troupe::inspect {

class MemberInspection final : public observe::MemberSource {
 public:
  // All outlive it.
  MemberInspection(const NodeConfig& config, host::NodeParts& running, host::DirectoryBook& directory)
      : config_(config), running_(running), directory_(directory) {}

  observe::MembersView members() override;
  observe::PartitionsView partitions() override;
  Result<observe::OrderedView> order(const std::string& member, observe::MemberOrder order) override;
  Result<observe::OrderedMove> move(std::uint32_t partition, const std::string& to) override;
  Result<observe::OrderedMove> force(std::uint32_t partition, const std::string& to) override;
  Result<std::vector<observe::OrderedMove>> rebalance(bool dry_run) override;
  std::shared_ptr<const ClusterDirectory> directory() override { return directory_.get(); }

 private:
  [[nodiscard]] std::vector<observe::ClusterMemberView> listed() const;
  [[nodiscard]] std::vector<observe::ClusterMemberView> joined() const;
  // By the wall clock; 0: this node does not suspect it.
  [[nodiscard]] std::uint64_t suspect_since(const std::string& member) const;
  template <class Order>
  auto order_partitions(Order order) -> decltype(order(std::declval<membership::PartitionOrders&>()));
  // Why it may not leave.
  [[nodiscard]] Result<void> owns_nothing(const std::string& member) const;

  const NodeConfig& config_;
  host::NodeParts& running_;
  host::DirectoryBook& directory_;
};

}  // namespace troupe::inspect
