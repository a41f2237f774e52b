// What a store holds of some partitions, and copying it to another store or dropping it: how a data directory is made
// to fit another list of members. Of stores that nobody else uses meanwhile.
#pragma once

#include <cstdint>

#include "store/ownership.h"
#include "store/store.h"
#include "troupe/error.h"

namespace troupe::store {

struct Holding {
  PartitionSet partitions;   // those that hold anything
  std::uint64_t actors = 0;  // that have anything in them: a record, or rows alone
  std::uint64_t records = 0;
};
[[nodiscard]] Result<Holding> holding_of(const Store& store, const PartitionSet& asked);

// `to` has it all, durably, when this is done, and with it the later of both nodes' times; `from` keeps it. One that is
// cut short is gone on with by copying again, also when some was dropped since. invalid, and nothing has changed: both
// hold one of the partitions, and not the same in it.
[[nodiscard]] Result<void> copy_partitions(Store& from, Store& to, const PartitionSet& which,
                                           const Progress& progress = {});
[[nodiscard]] Result<void> drop_partitions(Store& store, const PartitionSet& which, const Progress& progress = {});

}  // namespace troupe::store
