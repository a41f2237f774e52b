#include "cluster/cluster_view.h"

#include "base/check.h"

namespace troupe::cluster {

ClusterView::ClusterView(std::vector<Member> members)
    : members_(std::make_shared<const std::vector<Member>>(std::move(members))) {
  const Placement placement(*members_);
  for (PartitionId partition = 0; partition < kPartitions; ++partition)
    partitions_[partition] = {placement.owner(partition), kFirstEpoch};
}

ClusterView ClusterView::with(PartitionId partition, Ownership what) const {
  TROUPE_CHECK(what.owner < members_->size());
  TROUPE_CHECK(what.epoch <= kMaxEpoch);
  ClusterView next(*this);
  ++next.version_;
  next.partitions_[partition] = what;
  return next;
}

std::optional<MemberIndex> ClusterView::find(std::string_view name) const noexcept {
  for (MemberIndex i = 0; i < members_->size(); ++i)
    if ((*members_)[i].name == name) return i;
  return std::nullopt;
}

}  // namespace troupe::cluster
