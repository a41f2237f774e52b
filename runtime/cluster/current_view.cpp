#include "cluster/current_view.h"

#include "base/check.h"

namespace troupe::cluster {
namespace {

// The known members stand first, in their order.
bool goes_on(const std::vector<KnownMember>& known, const std::vector<KnownMember>& next) {
  if (next.size() < known.size()) return false;
  for (std::size_t i = 0; i < known.size(); ++i)
    if (known[i].member.name != next[i].member.name) return false;
  return true;
}

}  // namespace

CurrentView::CurrentView(ClusterView first, const std::string& self) {
  const auto found = first.find(self);
  TROUPE_CHECK(found);
  self_ = *found;
  put(std::move(first));
}

std::shared_ptr<const ClusterView> CurrentView::get() const {
  const std::lock_guard lock(mutex_);
  return view_;
}

// Under the mutex, or before anybody reads.
void CurrentView::put(ClusterView next) {
  view_ = std::make_shared<const ClusterView>(std::move(next));
  for (PartitionId partition = 0; partition < kAllPartitions; ++partition) {
    const Ownership& what = view_->of(partition);
    words_[partition].store(what.epoch << kOwnerBits | what.owner, std::memory_order_release);
  }
}

Result<void> CurrentView::show(ClusterView next) {
  const std::lock_guard lock(mutex_);
  if (next.version() <= view_->version())
    return Error(ErrorKind::invalid, "version " + std::to_string(next.version()) +
                                         " of the cluster's view comes after version " +
                                         std::to_string(view_->version()));
  if (!goes_on(view_->members(), next.members()))
    return Error(ErrorKind::invalid,
                 "a view of the cluster leaves out a member that was known, or has it in another place");
  put(std::move(next));
  return {};
}

bool CurrentView::hear(PartitionId partition, Ownership what) {
  const std::lock_guard lock(mutex_);
  const Ownership& known = view_->of(partition);
  if (what.owner >= view_->members().size() || what.epoch > kMaxEpoch) return false;
  if (what.epoch <= known.epoch || what.owner == self_ || known.owner == self_) return false;
  put(view_->with(partition, what));
  return true;
}

}  // namespace troupe::cluster
