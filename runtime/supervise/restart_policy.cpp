#include "supervise/restart_policy.h"

#include <algorithm>

namespace troupe::supervise {

actor::Verdict decide(const RestartPolicy& policy, std::vector<TimePoint>& history, TimePoint now) {
  std::erase_if(history, [&](TimePoint at) { return at + policy.window <= now; });
  history.push_back(now);
  const std::size_t crashes = history.size();
  if (crashes > policy.restarts) return {.restart = false, .after = policy.cooldown};
  if (crashes == 1) return {};
  const auto doublings = std::min<std::size_t>(crashes - 2, 30);
  return {.restart = true, .after = std::min(policy.backoff * (std::int64_t{1} << doublings), policy.max_backoff)};
}

std::string in_words(const RestartPolicy& policy) {
  auto ms = [](std::chrono::milliseconds time) { return std::to_string(time.count()); };
  return std::to_string(policy.restarts) + " restarts in " + ms(policy.window) + " ms, backoff " + ms(policy.backoff) +
         " to " + ms(policy.max_backoff) + " ms, given up for " + ms(policy.cooldown) + " ms";
}

}  // namespace troupe::supervise
