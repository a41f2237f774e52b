// What a run of a node leaves in its store for the next one: how far the node has come with its own time
// (base/node_time.h), and how many runs there were, a number that only grows where a clock may be set back.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/node_time.h"
#include "store/lmdb/environment.h"
#include "troupe/error.h"

namespace troupe::store {

// `meta` -> `time`, all numbers u64, little-endian:
//    0  the steady clock, in milliseconds
//    8  the node's time at that moment
//   16  spans (n), pauses (m)
//   32  when it joined another time
//   40  n of first, last, ahead; then m of at, lasted; see NodeTime
//    .  the machine's boot id, as text
[[nodiscard]] std::string encode(const NodeTime::Past& past);
// Nothing: it is no such thing.
[[nodiscard]] std::optional<NodeTime::Past> decode_past_time(std::string_view bytes);

// Nothing: the store has none yet, or what it has is of no use; then the node's time begins anew.
[[nodiscard]] Result<std::optional<NodeTime::Past>> read_past_time(const Environment& environment);
[[nodiscard]] Result<void> write_past_time(Environment& environment, const NodeTime::Past& past);

// Counts a run (`meta` -> `runs`, u64) and keeps its time, in one transaction; says which run it is, from 1 on. On a
// disk that takes no more neither is kept, and the next run has the number again.
[[nodiscard]] Result<std::uint64_t> begin_run(Environment& environment, const NodeTime::Past& past);

}  // namespace troupe::store
