#include "supervise/restart_policy.h"

#include <algorithm>

#include "base/time_words.h"
#include "troupe/duration.h"

namespace troupe::supervise {
namespace {

using std::chrono::milliseconds;

// Crashes within `window`, this one among them.
std::size_t within(const std::vector<TimePoint>& history, milliseconds window, TimePoint now) {
  const auto first =
      std::partition_point(history.begin(), history.end(), [&](TimePoint at) { return later(at, window) <= now; });
  return static_cast<std::size_t>(history.end() - first);
}

actor::Verdict give_up(const RestartPolicy& policy, std::size_t crashes, milliseconds window, std::size_t allowed) {
  return {.restart = false,
          .after = policy.cooldown,
          .why = "it crashed " + std::to_string(crashes) + (crashes == 1 ? " time" : " times") + " within " +
                 time_words(window) + ", and " + std::to_string(allowed) +
                 (allowed == 1 ? " restart is allowed" : " restarts are allowed")};
}

milliseconds backoff(const RestartPolicy& policy, std::size_t crashes, double chance) {
  const auto wait =
      doubled(policy.backoff, static_cast<unsigned>(std::min<std::size_t>(crashes - 2, 64)), policy.max_backoff);
  const double taken = static_cast<double>(wait.count()) * policy.jitter * std::clamp(chance, 0.0, 1.0);
  return wait - milliseconds(static_cast<std::int64_t>(taken));
}

}  // namespace

actor::Verdict decide(const RestartPolicy& policy, std::vector<TimePoint>& history, TimePoint now, double chance) {
  const bool limits_bursts = policy.window.count() > 0, limits_rate = policy.sustained > 0;
  const auto longest = std::max(policy.window, limits_rate ? policy.sustained_window : milliseconds(0));
  std::erase_if(history, [&](TimePoint at) { return later(at, longest) <= now; });
  history.push_back(now);
  const std::size_t most = std::size_t{1} + std::max(limits_bursts ? policy.restarts : 0, policy.sustained);
  if (history.size() > most) history.erase(history.begin(), history.end() - static_cast<std::ptrdiff_t>(most));

  const std::size_t burst = within(history, policy.window, now);
  if (limits_bursts && burst > policy.restarts) return give_up(policy, burst, policy.window, policy.restarts);
  const std::size_t sustained = within(history, policy.sustained_window, now);
  if (limits_rate && sustained > policy.sustained)
    return give_up(policy, sustained, policy.sustained_window, policy.sustained);
  if (burst <= 1) return {};
  return {.restart = true, .after = backoff(policy, burst, chance), .why = {}};
}

std::string in_words(const RestartPolicy& policy) {
  std::string words;
  if (policy.window.count() > 0) words = std::to_string(policy.restarts) + " restarts in " + time_words(policy.window);
  if (policy.sustained > 0) {
    words += (words.empty() ? "" : " and ") + std::to_string(policy.sustained) + (words.empty() ? " restarts" : "") +
             " in " + time_words(policy.sustained_window);
  }
  if (words.empty()) words = "any number of restarts";
  if (policy.window.count() > 0) {
    words += ", backoff " + time_words(policy.backoff) + " to " + time_words(policy.max_backoff) + " with jitter " +
             std::to_string(static_cast<int>(policy.jitter * 100 + 0.5)) + "%";
  }
  return words + ", quarantined for " + time_words(policy.cooldown);
}

void check(const RestartPolicy& policy, const std::string& whose) {
  const auto wrong = [&](const std::string& what) { return Error(ErrorKind::invalid, whose + "." + what); };
  if (policy.window.count() < 0 || policy.sustained_window.count() < 0)
    throw wrong("window and sustained_window must not be negative");
  if (policy.backoff.count() < 0 || policy.max_backoff < policy.backoff)
    throw wrong("backoff must not be negative, and max_backoff no less");
  if (!(policy.jitter >= 0 && policy.jitter <= 1)) throw wrong("jitter must be from 0 to 1");
  if (policy.cooldown.count() < 0) throw wrong("cooldown must not be negative");
}

}  // namespace troupe::supervise
