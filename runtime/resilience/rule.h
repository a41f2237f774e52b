// One entry of NodeConfig::calls at work, and the methods that it covers. Any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>

#include "resilience/breakers.h"
#include "resilience/budget.h"
#include "resilience/bulkhead.h"
#include "troupe/call_policy.h"
#include "troupe/log.h"
#include "troupe/service.h"
#include "wire/envelope.h"

namespace troupe::resilience {

class Rule {
 public:
  explicit Rule(const CoveredCalls& entry)
      : to_(entry.to), policy_(entry.policy), bulkhead_(policy_.bulkhead), budget_(policy_.budget) {}

  [[nodiscard]] const std::string& to() const noexcept { return to_; }
  [[nodiscard]] const CallPolicy& policy() const noexcept { return policy_; }

  // A call comes. False: it has no place in the bulkhead; else leave() gives its place back.
  [[nodiscard]] bool enter(TimePoint now) noexcept;
  void leave() noexcept { bulkhead_.leave(); }
  [[nodiscard]] Bulkhead& bulkhead() noexcept { return bulkhead_; }
  // A call that got no place.
  void refused() noexcept { bulkhead_refused_.fetch_add(1, std::memory_order_relaxed); }
  // One more attempt, or a copy. False: the budget is used up.
  [[nodiscard]] bool take_retry(TimePoint now) noexcept { return take(now, retries_); }
  // One more attempt, instead of one that takes too long.
  [[nodiscard]] bool take_next(TimePoint now) noexcept {
    if (!take_retry(now)) return false;
    timed_out_.fetch_add(1, std::memory_order_relaxed);
    return true;
  }
  [[nodiscard]] bool take_hedge(TimePoint now) noexcept { return take(now, hedges_); }

  struct Sight {
    Bulkhead::Sight bulkhead{};
    std::uint64_t bulkhead_refused = 0;  // since the node began, as what follows
    std::uint64_t retries = 0;
    std::uint64_t timed_out = 0;  // attempts, each followed by one of the retries
    std::uint64_t hedges = 0;
    std::uint64_t budget_refused = 0;
    std::uint64_t budget_taken = 0;  // within the budget's window
    double budget_allowed = 0;
  };
  [[nodiscard]] Sight look(TimePoint now);

 private:
  [[nodiscard]] bool take(TimePoint now, std::atomic<std::uint64_t>& counted) noexcept;

  const std::string to_;
  const CallPolicy policy_;
  Bulkhead bulkhead_;
  std::atomic<std::uint64_t> bulkhead_refused_{0};
  std::atomic<std::uint64_t> retries_{0};
  std::atomic<std::uint64_t> timed_out_{0};
  std::atomic<std::uint64_t> hedges_{0};
  std::mutex mutex_;  // of the budget
  Budget budget_;
};

// A method under a rule.
class MethodRule {
 public:
  // All three outlive it.
  MethodRule(Rule& rule_in, const ServiceInfo& service, const MethodInfo& method, const LogSink& log)
      : rule(rule_in),
        name(std::string(service.name) + "." + method.name),
        safe_to_repeat(service.durable() || method.read_only || method.retry),
        hedged(method.read_only && rule.policy().hedge.after.count() > 0),
        timed(safe_to_repeat && rule.policy().retry.tries > 1 && rule.policy().retry.attempt_timeout.count() > 0),
        breakers(name, rule.policy().breaker, log) {}

  Rule& rule;
  const std::string name;
  // To run it twice under one id repeats nothing.
  const bool safe_to_repeat;
  const bool hedged;
  const bool timed;  // its attempts have a timeout of their own
  Breakers breakers;

  [[nodiscard]] bool has_breaker() const noexcept { return is_on(rule.policy().breaker); }
  // Whether a call that ended so may be attempted again.
  [[nodiscard]] bool may_repeat(const Error& error) const noexcept;
};

}  // namespace troupe::resilience
