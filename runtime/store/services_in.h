// Which services have anything in a partition: found by jumping from one service to the next, so it costs a few reads
// however many rows there are. Any thread.
#pragma once

#include <cstdint>
#include <set>

#include "store/store.h"
#include "troupe/error.h"
#include "troupe/ids.h"

namespace troupe::store {

struct ServicesIn {
  std::set<std::uint64_t> services;  // type ids
  bool messages = false;             // some are under way, or were given up, to actors of any service
};

[[nodiscard]] Result<ServicesIn> services_in(const Store& store, PartitionId partition);
// Of all partitions of which the store has all; what is a rest of one that was being taken does not count.
[[nodiscard]] Result<ServicesIn> services_in(const Store& store);

}  // namespace troupe::store
