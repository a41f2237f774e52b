// Writes an overlay into LMDB, durably, and notes the batch it reaches to; the log's mark says so by then, on disk.
//
// In pieces, so that no transaction grows large; the last one carries the sequence numbers and the batch number. A
// checkpoint that was cut short is harmless: its overlay is still in the log, and writing it again ends the same.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "store/lmdb/environment.h"
#include "store/log/overlay.h"

namespace troupe::store {

// The row of the main database that says up to which batch LMDB has everything.
inline constexpr std::string_view kAppliedKey = "applied batch";

// The row of the main database that says what the log's mark (log_mark.h) says at the least; without it there is none.
inline constexpr std::string_view kMarkedKey = "marked batch";

// The numbers of the main database.
[[nodiscard]] int put_numbers(MDB_txn* txn, MDB_dbi main, std::uint64_t batch,
                              std::array<std::uint64_t, kPartitions> sequences);

[[nodiscard]] int put_marked(MDB_txn* txn, MDB_dbi main, std::uint64_t batch);

[[nodiscard]] Environment::Written checkpoint(Environment& environment, const Overlay& overlay);

// A batch that no log has room for goes into LMDB at once, in one transaction. `sequences`: all of them, after it.
[[nodiscard]] Environment::Written write_through(Environment& environment, std::uint64_t batch,
                                                 std::span<const NumberedSet> sets,
                                                 std::array<std::uint64_t, kPartitions> sequences);

// Within a transaction that has been opened already; 0 in a store that never had a log.
[[nodiscard]] int read_applied(MDB_txn* txn, const Environment& environment, std::uint64_t& batch);
// The same; nothing in a store whose log has no mark yet.
[[nodiscard]] int read_marked(MDB_txn* txn, const Environment& environment, std::optional<std::uint64_t>& batch);

}  // namespace troupe::store
