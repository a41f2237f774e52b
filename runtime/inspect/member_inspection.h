// What the debug tool sees of a cluster's members and partitions: the coordinator's records, or the list of the
// configuration, in words; and what it orders, as changes of these records.
#pragma once

#include "host/node_parts.h"
#include "membership/records.h"
#include "observe/member_source.h"
#include "troupe/node.h"

namespace troupe::inspect {

class MemberInspection final : public observe::MemberSource {
 public:
  // Both outlive it.
  MemberInspection(const NodeConfig& config, host::NodeParts& running) : config_(config), running_(running) {}

  observe::MembersView members() override;
  observe::PartitionsView partitions() override;
  Result<observe::OrderedView> order(const std::string& member, observe::MemberOrder order) override;

 private:
  [[nodiscard]] std::vector<observe::ClusterMemberView> listed() const;
  [[nodiscard]] std::vector<observe::ClusterMemberView> joined() const;
  // Why it may not leave.
  [[nodiscard]] Result<void> owns_nothing(const std::string& member) const;

  const NodeConfig& config_;
  host::NodeParts& running_;
};

}  // namespace troupe::inspect
