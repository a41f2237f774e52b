// What a node that takes partitions asks the records.
#include <chrono>
#include <thread>

#include "membership/membership.h"

namespace troupe::membership {

// It may have heard of it before the records came here.
std::optional<std::string> Membership::why_not(net::PeerId from, PartitionId partition, Epoch epoch) {
  const std::string giver = parts_.router.view().get()->members()[from].member.name;
  std::string why;
  for (int look = 0; look < 50 && !stops(); ++look) {
    if (auto read = access_.read(partition_record_key(partition)); !read.ok()) return read.error().message();
    why = access_.look([&](const Directory& known) -> std::string {
      const auto* owner = known.partition(partition);
      if (!owner || owner->record.owner != giver || owner->record.epoch != epoch)
        return "node " + giver + " does not own it in epoch " + std::to_string(epoch);
      if (owner->record.target != self()) return "it is not to be node " + self() + "'s";
      return {};
    });
    if (why.empty() && parts_.partitions.at(partition).value()->state() != partition::State::closed)
      why = "node " + self() + " has not closed it";
    {
      const std::lock_guard lock(mutex_);
      if (why.empty() && (clearing_.contains(partition) || giving_.contains(partition)))
        why = "node " + self() + " still erases what it had of it";
    }
    if (why.empty()) return std::nullopt;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return stops() ? "node " + self() + " stops" : why;
}

// Believed of the record, not of whoever says so: this only saves the time until the watch tells.
void Membership::leads(net::PeerId, PartitionId partition, Epoch) {
  if (auto read = access_.read(partition_record_key(partition)); !read.ok()) return;
  refresh();
}

// Of a partition that was forced on its owner nothing is erased: what is here may be all that is left.
bool Membership::is_over(PartitionId partition, Epoch epoch) {
  return access_.look([&](const Directory& known) {
    const auto* owner = known.partition(partition);
    return owner && owner->record.owner != self() && owner->record.epoch > epoch && owner->record.forced <= epoch;
  });
}

}  // namespace troupe::membership
