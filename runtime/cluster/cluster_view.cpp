#include "cluster/cluster_view.h"

#include <utility>

#include "base/check.h"

namespace troupe::cluster {
namespace {

std::shared_ptr<const std::vector<KnownMember>> known(const std::vector<Member>& members) {
  std::vector<KnownMember> out;
  for (const Member& member : members) out.push_back({.member = member});
  return std::make_shared<const std::vector<KnownMember>>(std::move(out));
}

}  // namespace

// Actors that keep nothing lie where the durable ones of their number do: nodes of the last version take it so.
ClusterView::ClusterView(const std::vector<Member>& members) : members_(known(members)) {
  const StaticPlacement placement(members);
  for (PartitionId partition = 0; partition < kAllPartitions; ++partition)
    owners_[partition] = {placement.owner(partition % kPartitions), kFirstEpoch};
}

ClusterView::ClusterView(std::uint64_t version, std::vector<KnownMember> members, const Owners& owners)
    : version_(version),
      members_(std::make_shared<const std::vector<KnownMember>>(std::move(members))),
      owners_(owners) {
  for (const Ownership& what : owners_) TROUPE_CHECK(what.owner < members_->size() && what.epoch <= kMaxEpoch);
}

ClusterView ClusterView::with(PartitionId partition, Ownership what) const {
  TROUPE_CHECK(what.owner < members_->size());
  TROUPE_CHECK(what.epoch <= kMaxEpoch);
  ClusterView next(*this);
  ++next.version_;
  next.owners_[partition] = what;
  return next;
}

std::optional<MemberIndex> ClusterView::find(std::string_view name) const noexcept {
  for (MemberIndex i = 0; i < members_->size(); ++i)
    if ((*members_)[i].member.name == name) return i;
  return std::nullopt;
}

}  // namespace troupe::cluster
