#include "supervise/supervisor.h"

#include "base/log_fields.h"
#include "base/time_words.h"
#include "supervise/restart_policy.h"

namespace troupe::supervise {

actor::Verdict Supervisor::judge(const actor::Crash& crash, std::vector<TimePoint>& history, TimePoint now) noexcept {
  const actor::Verdict verdict = decide(crash.hosted.restart, history, now, chance());
  if (!log_) return verdict;
  std::string line = crash.actor + "." + crash.method + " crashed: " + crash.what + "; ";
  if (!verdict.restart) {
    line += "quarantined for " + time_words(verdict.after) + ": " + verdict.why;
  } else if (verdict.after.count() == 0) {
    line += "restarted from its last commit";
  } else {
    line += "restarts from its last commit in " + time_words(verdict.after);
  }
  const ActorNameParts name(crash.actor);
  log_({verdict.restart ? LogLevel::warn : LogLevel::error, "supervise", line,
        LogFields{{"service", name.service},
                  {"key", name.key},
                  {"method", crash.method},
                  {"kind", "failed"},
                  {"error", crash.what}}});
  return verdict;
}

// SplitMix64, from 0 to 1.
double Supervisor::chance() noexcept {
  constexpr std::uint64_t kGamma = 0x9e3779b97f4a7c15ULL;
  const std::uint64_t n = thrown_.fetch_add(1, std::memory_order_relaxed) + 1;
  return static_cast<double>(mix(seed_ + n * kGamma) >> 11) * 0x1p-53;
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
                        .quarantined = hosted->quarantined.load(std::memory_order_relaxed),
                        .supervisors = {}};
    top.children += view.children;
    top.restarts += view.restarts;
    top.quarantined += view.quarantined;
    top.supervisors.push_back(std::move(view));
  }
  return top;
}

}  // namespace troupe::supervise
