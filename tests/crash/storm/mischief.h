// What goes wrong inside a node while it lives, when the weather says so: handlers that throw, handlers that do not
// return, a disk that answers late, partitions that close and open. Any thread.
#pragma once

#include <chrono>

namespace troupe::storm {

enum class Mischief : int {
  slow_disk,       // for a second, each sync of the log takes that much longer
  stuck_handlers,  // the next two handlers that come to their end hold their threads for so long
  throws,          // for so long, every fifth handler throws when it has done its work
  reopens,         // for so long, one partition after the other is closed and opened (reopening.h)
};
inline constexpr int kMischiefs = 4;

// Not for `reopens`, which is the node's own.
void befall(Mischief what, std::chrono::milliseconds how_much);

// Whether something befell this node that may hold it up for so long that it takes itself for unhealthy. Without that
// it is the machine that takes its time, and the node goes on.
bool may_be_unhealthy();

// Where a handler has done its work: what befell the node strikes here, and even without, one in hundreds throws.
void stumble();

}  // namespace troupe::storm
