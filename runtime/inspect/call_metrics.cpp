#include "inspect/call_metrics.h"

#include <algorithm>
#include <string>
#include <utility>

#include "resilience/call_rules.h"

namespace troupe::inspect {
namespace {

// The metrics that have the same labels.
class Labelled {
 public:
  Labelled(Families& metrics, MetricLabels labels) : metrics_(metrics), labels_(std::move(labels)) {}

  void level(const char* name, const char* text, std::uint64_t value) { metrics_.level(name, text, value, labels_); }
  void count(const char* name, const char* text, std::uint64_t value) { metrics_.counter(name, text, value, labels_); }

 private:
  Families& metrics_;
  const MetricLabels labels_;
};

void add_rule(resilience::Rule& rule, TimePoint now, Families& metrics) {
  const CallPolicy& policy = rule.policy();
  const auto sight = rule.look(now);
  Labelled out(metrics, {{"to", rule.to()}});
  out.level("troupe_bulkhead_in_use", "calls under way under the entry", sight.bulkhead.in_flight);
  if (policy.bulkhead.most_in_flight > 0) {
    out.level("troupe_bulkhead_limit", "calls that may be under way at once", policy.bulkhead.most_in_flight);
    out.count("troupe_bulkhead_refused_total", "calls that got no place", sight.bulkhead_refused);
  }
  if (rule.bulkhead().has_queue()) {
    out.level("troupe_bulkhead_waiting", "calls that wait for a place", sight.bulkhead.waiting);
    out.count("troupe_bulkhead_waited_total", "calls that waited for a place", sight.bulkhead.waited);
  }
  const bool retries = policy.retry.tries > 1, hedges = policy.hedge.after.count() > 0;
  if (retries) out.count("troupe_call_retries_total", "attempts beside the first", sight.retries);
  if (policy.retry.attempt_timeout.count() > 0)
    out.count("troupe_call_attempts_timed_out_total", "attempts that another took the place of", sight.timed_out);
  if (hedges) out.count("troupe_call_hedges_total", "copies beside the first", sight.hedges);
  if (retries || hedges)
    out.count("troupe_call_budget_refused_total", "attempts and copies that the budget did not allow",
              sight.budget_refused);
}

void add_breakers(const resilience::MethodRule& method, TimePoint now, Families& metrics) {
  using resilience::BreakerState;
  if (!method.has_breaker()) return;
  for (const auto& breaker : method.breakers.all()) {
    const BreakerState state = breaker->look(now).state;
    for (const BreakerState one : {BreakerState::closed, BreakerState::half_open, BreakerState::open})
      Labelled(metrics,
               {{"method", method.name}, {"member", breaker->member()}, {"state", std::string(to_string(one))}})
          .level("troupe_breaker_state", "1: the breaker is in this state", one == state ? 1 : 0);
  }
  const auto totals = method.breakers.totals(now);
  Labelled out(metrics, {{"method", method.name}});
  out.count("troupe_breaker_opened_total", "times that a breaker opened, at whatever member", totals.opened);
  out.count("troupe_breaker_refused_total", "calls that one turned away", totals.refused);
}

}  // namespace

void add_calls(const host::NodeRouting& routing, Families& metrics) {
  if (!routing.rules) return;
  const TimePoint now = routing.rules->now();
  for (const auto& rule : routing.rules->rules()) add_rule(*rule, now, metrics);
  for (const auto* method : routing.rules->methods()) add_breakers(*method, now, metrics);
}

void add_pools(const std::vector<observe::PoolView>& pools, Families& metrics) {
  for (const observe::PoolView& pool : pools) {
    const auto count = [&](auto which) {
      return static_cast<std::uint64_t>(std::count_if(pool.members.begin(), pool.members.end(), which));
    };
    Labelled all(metrics, {{"service", pool.service}});
    all.level("troupe_pool_members", "members that host the pool, serve and can be reached",
              count([](const auto& one) { return one.choosable; }));
    all.level("troupe_pool_members_left_out", "members that get no calls for a while, for theirs failed",
              count([](const auto& one) { return one.left_out_for.count() > 0; }));
    for (const observe::PoolMemberLine& member : pool.members) {
      Labelled out(metrics, {{"service", pool.service}, {"member", member.node}});
      out.level("troupe_pool_calls_under_way", "calls of this node that the member has", member.under_way);
      out.count("troupe_pool_calls_total", "calls that it got", member.calls);
      out.count("troupe_pool_failures_total", "of them, those that failed", member.failures);
    }
  }
}

}  // namespace troupe::inspect
