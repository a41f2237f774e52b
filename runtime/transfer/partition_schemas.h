// Whether a partition may go from one program to another, as far as schemas tell: what the giver's store has seen goes
// with the partition, and the taker judges. What is said between the two means nothing to this room.
#pragma once

#include <string>
#include <string_view>

#include "troupe/error.h"
#include "troupe/ids.h"

namespace troupe::transfer {

// The code of an error: the taker's program may not have the partition, and will not until it is another program.
inline constexpr const char* kSchemasRefused = "schemas";

class PartitionSchemas {
 public:
  // Of the services that have anything in the partition, as this node's store has seen them. Any thread.
  [[nodiscard]] virtual Result<std::string> seen_in(PartitionId partition) = 0;
  // From now on this node's store has seen them, too. An error of the code kSchemasRefused: this program may not go on
  // with what was written so; nothing has changed. On the taker's thread.
  [[nodiscard]] virtual Result<void> take(std::string_view seen) = 0;

 protected:
  ~PartitionSchemas() = default;
};

}  // namespace troupe::transfer
