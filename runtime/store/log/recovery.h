// What a store's commit log holds that LMDB does not have yet: read at open, writing nothing.
//
// A last batch that is not whole was never acknowledged and is dropped. Damage with anything valid behind it, a
// missing batch, a log that ends before its mark, a missing file and another store's log are refused.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "store/lmdb/environment.h"
#include "store/log/overlay.h"
#include "troupe/error.h"

namespace troupe::store {

struct Recovered {
  std::uint64_t log_id = 0;       // 0: the store never had a log
  std::shared_ptr<Overlay> rest;  // what LMDB does not have; its numbers go on from LMDB's
  bool dropped_tail = false;
  bool marked = false;  // the log has a mark
};

// `alone`: nobody writes meanwhile. Otherwise a live node may be turning its logs over, and it is tried again.
[[nodiscard]] Result<Recovered> recover(const Environment& environment, bool alone);
[[nodiscard]] Result<std::array<std::uint64_t, kPartitions>> read_sequences(const Environment& environment);
[[nodiscard]] Result<std::array<std::uint64_t, kPartitions>> read_sequences(const Environment& environment,
                                                                            MDB_txn* txn);
// Notes the id, what the mark says and the format that goes with them, durably: from now on logs and mark must be
// there.
[[nodiscard]] Result<void> remember_log(Environment& environment, std::uint64_t log_id, std::uint64_t marked,
                                        bool encrypted);

}  // namespace troupe::store
