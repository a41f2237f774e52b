// What the debug tool sees of the pools that a node calls, and how it changes the way their calls are spread.
#pragma once

#include "host/node_routing.h"
#include "observe/pool_source.h"

namespace troupe::inspect {

class PoolInspection final : public observe::PoolSource {
 public:
  // It outlives it.
  explicit PoolInspection(host::NodeRouting& routing) : routing_(routing) {}

  std::vector<observe::PoolView> pools() override;
  Result<observe::PoolView> spread(const std::string& service, Balance balance) override;

 private:
  [[nodiscard]] observe::PoolView view_of(const cluster::Pool& pool) const;

  host::NodeRouting& routing_;
};

}  // namespace troupe::inspect
