#include "supervise/supervisor.h"

#include "supervise/restart_policy.h"

namespace troupe::supervise {

actor::Verdict Supervisor::judge(const actor::Crash& crash, std::vector<TimePoint>& history, TimePoint now) noexcept {
  const actor::Verdict verdict = decide(crash.hosted.restart, history, now);
  if (!log_) return verdict;
  std::string line = crash.actor + "." + crash.method + " crashed: " + crash.what + "; ";
  if (!verdict.restart) {
    line += "given up for " + std::to_string(verdict.after.count()) + " ms after " + std::to_string(history.size()) +
            " crashes (" + in_words(crash.hosted.restart) + ")";
  } else if (verdict.after.count() == 0) {
    line += "restarted from its last commit";
  } else {
    line += "restarts from its last commit in " + std::to_string(verdict.after.count()) + " ms";
  }
  log_({verdict.restart ? LogLevel::warn : LogLevel::error, "supervise", line});
  return verdict;
}

SupervisorView Supervisor::tree(const std::string& node, const actor::Registry& registry) {
  SupervisorView top{
      .name = node, .strategy = "one_for_one", .policy = "services never stop on their own", .supervisors = {}};
  for (const auto& hosted : registry.services()) {
    SupervisorView view{.name = hosted->service.name,
                        .strategy = "one_for_one",
                        .policy = in_words(hosted->restart),
                        .children = hosted->live.load(std::memory_order_relaxed),
                        .restarts = hosted->restarts.load(std::memory_order_relaxed),
                        .given_up = hosted->given_up.load(std::memory_order_relaxed),
                        .supervisors = {}};
    top.children += view.children;
    top.restarts += view.restarts;
    top.given_up += view.given_up;
    top.supervisors.push_back(std::move(view));
  }
  return top;
}

}  // namespace troupe::supervise
