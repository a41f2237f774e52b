// Names of NodeConfig::pools that nobody has a service of: told in the log, once. One thread.
#pragma once

#include <string>
#include <vector>

#include "host/node_routing.h"

namespace troupe::host {

class PoolNames {
 public:
  // Members start one after the other: it looks limits::kPoolNamesWait after `start`. `routing` outlives it.
  PoolNames(NodeRouting& routing, TimePoint start);

  // When it wants to look; max(): never any more.
  [[nodiscard]] TimePoint look(TimePoint now);

 private:
  void tell(const std::string& name) const;

  NodeRouting& routing_;
  TimePoint when_;
};

}  // namespace troupe::host
