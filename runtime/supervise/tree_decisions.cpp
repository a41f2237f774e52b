// What a supervisor does about a child that ended: nothing, restart it and whom its strategy names, shut itself down,
// or give up.
#include <string>

#include "base/time_words.h"
#include "supervise/restart_policy.h"
#include "supervise/tree.h"

namespace troupe::supervise {
namespace {

RestartPolicy policy_of(const Intensity& intensity, const Backoff& backoff) {
  RestartPolicy policy;
  policy.restarts = intensity.restarts;
  policy.window = intensity.within;
  policy.sustained = 0;
  policy.jitter = 0;
  policy.backoff = backoff.first;
  policy.max_backoff = backoff.most;
  return policy;
}

}  // namespace

void Tree::crashed_within(ChildId id, const std::string& why, TimePoint now) {
  now_ = now;
  Child* child = find(id);
  if (!child || child->state != State::up || child->want_stop) return;
  ++child->restarts;
  child->last_cause = why;
  const auto& intensity = std::get<ServiceStart>(child->spec.start).intensity;
  if (!intensity || decide(policy_of(*intensity, {}), child->waits, now).restart) return;
  child->waits.clear();
  // Its actors stop, and then it counts as one that crashed.
  child->closing = Closing::given_up;
  child->closing_why = "more than " + std::to_string(intensity->restarts) +
                       (intensity->restarts == 1 ? " crash of its actors in " : " crashes of its actors in ") +
                       time_words(intensity->within) + "; the last: " + why;
  begin_stop(*child);
  converge();
}

// `child` is down, by itself.
void Tree::child_ended(Child& child, bool abnormal, const std::string& why) {
  child.last_cause = why;
  Child& p = at(child.parent);
  touch(p.id);
  if (std::exchange(child.want_stop, false) || p.closing != Closing::no) {
    if (child.want_start || p.closing != Closing::no) return;
    child.fate = Fate::ended;
    disable(child, why);
    return answer(child, {});
  }
  const bool restart =
      child.spec.restart == Restart::permanent || (child.spec.restart == Restart::transient && abnormal);
  if (restart) return crash_of(child, why);
  say(abnormal ? LogLevel::warn : LogLevel::info, child,
      name(child) + " ended and is " + std::string(to_string(child.spec.restart)) + ", so it stays so: " + why,
      abnormal ? why : std::string());
  stays_ended(child, why);
}

void Tree::stays_ended(Child& child, const std::string& why) {
  Child& p = at(child.parent);
  if (child.fate != Fate::given_up) child.fate = Fate::ended;
  disable(child, why);
  const AutoShutdown when = p.supervisor()->auto_shutdown;
  bool shut = child.spec.significant && when != AutoShutdown::never;
  if (shut && when == AutoShutdown::all_significant) {
    for (const ChildId id : p.children) {
      const Child& other = at(id);
      if (other.id != child.id && other.takes_part() && other.spec.significant && active(other)) shut = false;
    }
  }
  const std::string what = name(child) + " is significant and ended: " + why;
  if (child.dynamic && child.spec.restart == Restart::temporary) erase(child.id);
  if (!shut) return;
  say(LogLevel::info, p, name(p) + " shuts itself down (" + std::string(to_string(when)) + "): " + what);
  close(p, Closing::shut_down, what);
}

// `child` is down and is to start again, unless that was once too often.
void Tree::crash_of(Child& child, const std::string& why) {
  Child& p = at(child.parent);
  const Supervision& supervision = *p.supervisor();
  child.last_cause = why;
  const RestartPolicy policy = policy_of(supervision.intensity, supervision.backoff);
  const actor::Verdict verdict = decide(policy, p.history, now_);
  if (!verdict.restart) {
    const std::string what = "more than " + std::to_string(policy.restarts) +
                             (policy.restarts == 1 ? " restart in " : " restarts in ") + time_words(policy.window) +
                             "; the last crash was of " + name(child) + ": " + why;
    say(LogLevel::error, p, name(p) + " gives up: " + what, what);
    p.last_cause = what;
    return close(p, Closing::given_up, what);
  }
  // Alone, a child waits for what it did itself; in a group, for what the group did.
  std::chrono::milliseconds after = verdict.after;
  if (supervision.strategy == Strategy::one_for_one) {
    RestartPolicy own = policy;
    own.restarts = ~std::uint32_t{0};
    after = decide(own, child.waits, now_).after;
  }
  say(LogLevel::warn, child,
      name(child) + " crashed: " + why + "; " + std::string(to_string(supervision.strategy)) + " restarts it" +
          (after.count() == 0 ? "" : " in " + time_words(after)),
      why);
  ++p.restarts;
  restart_group(p, child, after);
}

void Tree::restart_group(Child& p, Child& child, std::chrono::milliseconds after) {
  const Strategy strategy = p.supervisor()->strategy;
  bool concerned = strategy == Strategy::one_for_all;
  for (const ChildId id : p.children) {
    Child& other = at(id);
    if (id == child.id) {
      concerned = concerned || strategy == Strategy::rest_for_one;
    } else if (!concerned || !other.takes_part()) {
      continue;
    }
    other.want_stop = id != child.id && (other.state == State::up || other.state == State::starting);
    if (id != child.id && other.spec.restart == Restart::temporary) {
      if (other.state != State::down) other.want_start = false;
      continue;
    }
    if (!p.initial || other.state != State::down || id == child.id) other.again = true;
    other.want_start = true;
    other.not_before = after.count() == 0 ? TimePoint{} : later(now_, after);
  }
  touch(p.id);
}

}  // namespace troupe::supervise
