// The supervisors of a node: one for each service, under the node's own. Each is one_for_one over the
// activations of its service: a crash concerns the activation that crashed and its children.
#pragma once

#include <atomic>
#include <cstdint>

#include "actor/context.h"
#include "actor/registry.h"
#include "troupe/inspection.h"
#include "troupe/log.h"

namespace troupe::supervise {

class Supervisor final : public actor::CrashJudge {
 public:
  // `seed`: of the jitter of restarts.
  Supervisor(LogSink log, std::uint64_t seed) : log_(std::move(log)), seed_(seed) {}

  actor::Verdict judge(const actor::Crash& crash, std::vector<TimePoint>& history, TimePoint now) noexcept override;
  // The tree as it stands. Any thread.
  [[nodiscard]] static SupervisorView tree(const std::string& node, const actor::Registry& registry);

 private:
  [[nodiscard]] double chance() noexcept;

  const LogSink log_;
  const std::uint64_t seed_;
  std::atomic<std::uint64_t> thrown_{0};  // of the dice
};

}  // namespace troupe::supervise
