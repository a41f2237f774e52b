// All partitions of a node, each opened and closed on its own. A node opens those that it owns when it starts, and
// leaves the others to their owners.
#pragma once

#include <array>
#include <functional>
#include <memory>

#include "partition/partition.h"

namespace troupe::partition {

class Partitions {
 public:
  // `context` outlives it.
  explicit Partitions(actor::Context& context);

  // `invalid` for a number that is no partition's. Any thread.
  [[nodiscard]] Result<Partition*> at(PartitionId id);

  // Of a node that starts: opens those for which `epoch_of` gives an epoch; 0: another node's. Throws what open() says.
  void open_owned(const std::function<Epoch(PartitionId)>& epoch_of);

 private:
  std::array<std::unique_ptr<Partition>, kAllPartitions> all_;
  Partition everywhere_;  // of this node's own actors; open for as long as the node runs
};

}  // namespace troupe::partition
