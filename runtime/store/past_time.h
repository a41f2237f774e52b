// How far a node has come with its own time (base/node_time.h), kept in its store for its next run.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/node_time.h"
#include "store/environment.h"
#include "troupe/error.h"

namespace troupe::store {

// `meta` -> `time`, all numbers u64, little-endian:
//    0  the steady clock, in milliseconds
//    8  the node's time at that moment
//   16  spans (n), pauses (m)
//   32  n of first, last, ahead; then m of at, lasted; see NodeTime
//    .  the machine's boot id, as text
[[nodiscard]] std::string encode(const NodeTime::Past& past);
// Nothing: it is no such thing.
[[nodiscard]] std::optional<NodeTime::Past> decode_past_time(std::string_view bytes);

// Nothing: the store has none yet, or what it has is of no use; then the node's time begins anew.
[[nodiscard]] Result<std::optional<NodeTime::Past>> read_past_time(const Environment& environment);
[[nodiscard]] Result<void> write_past_time(Environment& environment, const NodeTime::Past& past);

}  // namespace troupe::store
