// Who is in the cluster, and who owns which partition in which epoch: what one node knows at one moment. A value that
// never changes; news makes another view with the next version. Pure; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/epoch.h"
#include "base/partition_kinds.h"
#include "cluster/known_member.h"
#include "cluster/placement.h"

namespace troupe::cluster {

struct Ownership {
  MemberIndex owner = 0;
  Epoch epoch = kFirstEpoch;
  friend bool operator==(const Ownership&, const Ownership&) = default;
};

class ClusterView {
 public:
  using Owners = std::array<Ownership, kAllPartitions>;

  // The view that a static list of members makes: version 1, fixed owners, every epoch the first. The list must have
  // passed check_members().
  explicit ClusterView(const std::vector<Member>& members);
  // A view as somebody worked it out. Owners are members of the list.
  ClusterView(std::uint64_t version, std::vector<KnownMember> members, const Owners& owners);

  // The same view but for the owner of one partition, with the next version. `what.owner` must be a member.
  [[nodiscard]] ClusterView with(PartitionId partition, Ownership what) const;

  // Grows with every view that a node makes. It means nothing to other nodes: these compare epochs.
  [[nodiscard]] std::uint64_t version() const noexcept { return version_; }
  // A member keeps its index in all later views, also when it has left.
  [[nodiscard]] const std::vector<KnownMember>& members() const noexcept { return *members_; }
  [[nodiscard]] std::optional<MemberIndex> find(std::string_view name) const noexcept;
  [[nodiscard]] const Ownership& of(PartitionId partition) const noexcept { return owners_[partition]; }
  [[nodiscard]] const Owners& owners() const noexcept { return owners_; }
  [[nodiscard]] const Member& owner_of(PartitionId partition) const noexcept {
    return (*members_)[owners_[partition].owner].member;
  }

 private:
  std::uint64_t version_ = 1;
  std::shared_ptr<const std::vector<KnownMember>> members_;  // views that differ in owners alone share them
  Owners owners_{};
};

}  // namespace troupe::cluster
