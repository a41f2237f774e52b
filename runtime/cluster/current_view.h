// The view of the cluster that a node goes by at the moment. Any thread reads it; views replace each other while calls
// are routed.
//
// Who looks at several facts at once takes the whole view: a counted pointer, copied under a lock, so that a view goes
// when its last reader does. A call asks for one fact, who owns one partition, millions of times a second. For that the
// views' owners lie here once more, a word for each partition with its owner and epoch, replaced by plain stores: a
// call costs one load, as from a constant table, and follows no pointer. What a call could not see that way, two
// partitions that changed at once, it does not look at.
//
// What else was weighed: std::atomic<std::shared_ptr> takes a lock at every read in this standard library, and the lock
// and the count are one cache line that all workers write. A bare pointer to views needs them to stay for as long as a
// reader may hold one, which is for ever without a list of readers: 4 KiB for every change of an owner. A pointer that
// each thread keeps, with a version to compare, reads as cheaply as the words until a process has several nodes, whose
// calls would take turns in replacing it.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "cluster/cluster_view.h"

namespace troupe::cluster {

class CurrentView {
 public:
  // `self`: this node's name, a member of the view.
  CurrentView(ClusterView first, const std::string& self);

  // --- who owns one partition: a load, after which is seen what was there when the view was shown ---
  [[nodiscard]] MemberIndex owner(PartitionId partition) const noexcept { return of(partition).owner; }
  [[nodiscard]] bool owned_here(PartitionId partition) const noexcept { return owner(partition) == self_; }
  [[nodiscard]] Ownership of(PartitionId partition) const noexcept {
    const std::uint64_t word = words_[partition].load(std::memory_order_acquire);
    return {static_cast<MemberIndex>(word), word >> kOwnerBits};
  }
  [[nodiscard]] MemberIndex self() const noexcept { return self_; }

  // --- all of it ---
  [[nodiscard]] std::shared_ptr<const ClusterView> get() const;
  [[nodiscard]] std::string owner_name(PartitionId partition) const { return get()->owner_of(partition).name; }

  // From now on the node goes by this view, whatever it heard before. `invalid`: the version is not above the present
  // one's, or a member that was known has another index or none.
  [[nodiscard]] Result<void> show(ClusterView next);

  // Another node says who owns a partition. It is believed only if that is news, its epoch above the known one; and it
  // is worth no more than a better place to send calls to, so it never makes this node an owner nor takes that from it.
  // True: the view says so now.
  bool hear(PartitionId partition, Ownership what);

 private:
  static constexpr unsigned kOwnerBits = 16;
  static_assert(sizeof(MemberIndex) * 8 == kOwnerBits);
  void put(ClusterView next);

  MemberIndex self_ = 0;
  std::array<std::atomic<std::uint64_t>, kAllPartitions> words_{};
  mutable std::mutex mutex_;
  std::shared_ptr<const ClusterView> view_;
};

}  // namespace troupe::cluster
