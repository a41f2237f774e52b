// The marks of a store's partitions (format/partition_mark.h): read, written with what they speak of, and what is to be
// forgotten with them. Any thread.
#pragma once

#include <optional>

#include "base/epoch.h"
#include "store/format/partition_mark.h"
#include "store/ownership.h"
#include "store/store.h"
#include "troupe/error.h"
#include "troupe/ids.h"

namespace troupe::store {

// Nothing: the partition has none.
[[nodiscard]] Result<std::optional<PartitionMark>> mark_of(const Store& store, PartitionId partition);
// Those that are being taken from another node, or were when this one ended: what is here of them is a part, and nobody
// is to be shown it.
[[nodiscard]] Result<PartitionSet> partial_partitions(const Store& store);
// Durably, behind all that was submitted of the partition. `epoch`: in which the queue takes its commits.
[[nodiscard]] Result<void> put_mark(Store& store, PartitionId partition, Epoch epoch, const PartitionMark& mark);
// Erases all of the partition but its mark; with `mark_too` that goes last. Page by page: one that is cut short is gone
// on with by calling it again.
[[nodiscard]] Result<void> drop_partition(Store& store, PartitionId partition, Epoch epoch, bool mark_too);

}  // namespace troupe::store
