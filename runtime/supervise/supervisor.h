// The supervisors of a node: one for each service, under the node's own. Each is one_for_one over the
// activations of its service: a crash concerns the activation that crashed and its children.
#pragma once

#include "actor/context.h"
#include "actor/registry.h"
#include "troupe/inspection.h"
#include "troupe/log.h"

namespace troupe::supervise {

class Supervisor final : public actor::CrashJudge {
 public:
  explicit Supervisor(LogSink log) : log_(std::move(log)) {}

  actor::Verdict judge(const actor::Crash& crash, std::vector<TimePoint>& history, TimePoint now) noexcept override;
  // The tree as it stands. Any thread.
  [[nodiscard]] static SupervisorView tree(const std::string& node, const actor::Registry& registry);

 private:
  const LogSink log_;
};

}  // namespace troupe::supervise
