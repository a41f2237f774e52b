// What the debug tool sees of the breakers of a node's calls and of its limits.
#pragma once

#include "host/node_parts.h"
#include "observe/limits_source.h"
#include "troupe/node.h"

namespace troupe::inspect {

class LimitsInspection final : public observe::LimitsSource {
 public:
  // Both outlive it.
  LimitsInspection(const NodeConfig& config, host::NodeParts& running) : config_(config), running_(running) {}

  std::vector<observe::BreakerView> breakers() override;
  observe::LimitsView limits() override;
  Result<std::vector<observe::BreakerView>> order(const std::string& method, const std::string& member,
                                                  observe::BreakerOrder order) override;

 private:
  const NodeConfig& config_;
  host::NodeParts& running_;
};

}  // namespace troupe::inspect
