#include "partition/partitions.h"

namespace troupe::partition {

Partitions::Partitions(actor::Context& context) : everywhere_(kEverywhere, context) {
  for (PartitionId id = 0; id < kAllPartitions; ++id) all_[id] = std::make_unique<Partition>(id, context);
  everywhere_.open(kFirstEpoch).value();
}

Result<Partition*> Partitions::at(PartitionId id) {
  if (id < kAllPartitions) return all_[id].get();
  return Error(ErrorKind::invalid, "there is no partition " + std::to_string(id) + "; they are numbered from 0 to " +
                                       std::to_string(kAllPartitions - 1));
}

void Partitions::open_owned(const std::function<Epoch(PartitionId)>& epoch_of) {
  for (auto& partition : all_) {
    if (const Epoch epoch = epoch_of(partition->id()); epoch != 0) partition->open(epoch).value();
  }
}

}  // namespace troupe::partition
