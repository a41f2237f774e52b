#include "resilience/policy_check.h"

#include <algorithm>
#include <set>
#include <string>

#include "base/limits.h"

namespace troupe::resilience {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kShortestWindow{100};
constexpr milliseconds kLongestTime{std::chrono::hours(1)};
constexpr std::uint32_t kMostPerSecond = 1'000'000;
constexpr std::uint32_t kMostTrialCalls = 1'000;

// Not NaN either.
bool is_share(double value) noexcept { return value >= 0 && value <= 1; }

Error wrong_entry(const CoveredCalls& entry, const std::string& what) {
  return Error(ErrorKind::invalid,
               "NodeConfig: calls \"" + entry.to.substr(0, limits::kMaxErrorText / 4) + "\": " + what);
}

Result<void> check_retry(const CoveredCalls& entry) {
  const RetryPolicy& retry = entry.policy.retry;
  if (retry.tries == 0 || retry.tries > limits::kMaxCallTries)
    return wrong_entry(entry, "retry.tries is " + std::to_string(retry.tries) + "; 1 (no retry) to " +
                                  std::to_string(limits::kMaxCallTries) + " are allowed");
  if (retry.backoff.count() <= 0 || retry.max_backoff < retry.backoff)
    return wrong_entry(entry, "retry.backoff must be positive, and max_backoff no less");
  if (!is_share(retry.jitter)) return wrong_entry(entry, "retry.jitter must be from 0 to 1");
  if (retry.attempt_timeout.count() < 0)
    return wrong_entry(entry, "retry.attempt_timeout must not be negative; 0 is off");
  if (retry.attempt_timeout.count() > 0 && retry.tries < 2)
    return wrong_entry(entry, "retry.attempt_timeout is there for a next attempt, and retry.tries is " +
                                  std::to_string(retry.tries) + ": allow 2 or more, or leave it 0");
  const RetryBudget& budget = entry.policy.budget;
  if (!is_share(budget.share)) return wrong_entry(entry, "budget.share must be from 0 to 1");
  if (budget.per_second > kMostPerSecond)
    return wrong_entry(entry, "budget.per_second must be at most " + std::to_string(kMostPerSecond));
  return {};
}

Result<void> check_breaker(const CoveredCalls& entry) {
  const BreakerPolicy& breaker = entry.policy.breaker;
  if (!is_share(breaker.error_rate)) return wrong_entry(entry, "breaker.error_rate must be from 0 (off) to 1");
  if (breaker.slow_call.count() < 0) return wrong_entry(entry, "breaker.slow_call must not be negative; 0 is off");
  if (!(is_share(breaker.slow_rate) && breaker.slow_rate > 0))
    return wrong_entry(entry, "breaker.slow_rate must be more than 0, and at most 1");
  if (breaker.window < kShortestWindow || breaker.window > kLongestTime)
    return wrong_entry(entry, "breaker.window must be 100 ms to an hour");
  if (breaker.minimum_calls == 0) return wrong_entry(entry, "breaker.minimum_calls must be positive");
  if (breaker.open_for.count() <= 0 || breaker.open_for > kLongestTime)
    return wrong_entry(entry, "breaker.open_for must be 1 ms to an hour");
  if (breaker.half_open_calls == 0 || breaker.half_open_calls > kMostTrialCalls)
    return wrong_entry(entry, "breaker.half_open_calls must be 1 to " + std::to_string(kMostTrialCalls));
  return {};
}

Result<void> check_hedge(const CoveredCalls& entry) {
  const HedgePolicy& hedge = entry.policy.hedge;
  if (hedge.after.count() < 0) return wrong_entry(entry, "hedge.after must not be negative; 0 is off");
  if (hedge.most == 0 || hedge.most > limits::kMaxHedges)
    return wrong_entry(entry, "hedge.most must be 1 to " + std::to_string(limits::kMaxHedges));
  return {};
}

Result<void> check_bulkhead(const CoveredCalls& entry) {
  const BulkheadPolicy& bulkhead = entry.policy.bulkhead;
  if (bulkhead.most_waiting > limits::kMaxBulkheadWaiting)
    return wrong_entry(entry, "bulkhead.most_waiting is " + std::to_string(bulkhead.most_waiting) +
                                  "; 0 (none waits) to " + std::to_string(limits::kMaxBulkheadWaiting) +
                                  " are allowed");
  if (bulkhead.max_wait.count() < 0 || bulkhead.max_wait > kLongestTime)
    return wrong_entry(entry, "bulkhead.max_wait must be 0 (none waits) to an hour");
  return {};
}

// A method that may run again under its id: what MethodRule::safe_to_repeat says.
bool repeats_nothing(const ServiceInfo& service, const MethodInfo& method) noexcept {
  return service.durable() || method.read_only || method.retry;
}

Result<void> check_attempt_timeout(const CoveredCalls& entry, const ServiceInfo& service, const MethodInfo* method) {
  if (entry.policy.retry.attempt_timeout.count() == 0) return {};
  const std::string need = "retry.attempt_timeout needs a method that may run twice, ";
  if (method && !repeats_nothing(service, *method))
    return wrong_entry(entry, need + "and " + service.name + "." + method->name +
                                  " is neither $Troupe.readOnly nor $Troupe.retry nor of a durable service");
  const auto* end = service.methods + service.method_count;
  if (method || std::any_of(service.methods, end, [&](const auto& one) { return repeats_nothing(service, one); }))
    return {};
  return wrong_entry(entry, need + "and none of " + service.name +
                                " is $Troupe.readOnly or $Troupe.retry, nor is it a durable service");
}

}  // namespace

CoveredName covered_name(std::string_view to) noexcept {
  const auto dot = to.find('.');
  if (dot == std::string_view::npos) return {to, {}};
  return {to.substr(0, dot), to.substr(dot + 1)};
}

Result<void> check(const std::vector<CoveredCalls>& calls) {
  if (calls.size() > limits::kMaxCallPolicies)
    return Error(ErrorKind::invalid, "NodeConfig: calls has " + std::to_string(calls.size()) + " entries; at most " +
                                         std::to_string(limits::kMaxCallPolicies) + " are allowed");
  std::set<std::string_view> names;
  for (const CoveredCalls& entry : calls) {
    const CoveredName name = covered_name(entry.to);
    if (name.service.empty() || (name.method.empty() && name.service.size() != entry.to.size()) ||
        name.method.find('.') != std::string_view::npos)
      return wrong_entry(entry, "an entry is for a service, \"Stock\", or one of its methods, \"Stock.reserve\"");
    if (!names.insert(entry.to).second) return wrong_entry(entry, "it is there twice");
    for (auto* check_part : {&check_retry, &check_breaker, &check_hedge, &check_bulkhead})
      if (auto good = (*check_part)(entry); !good.ok()) return good;
  }
  return {};
}

Result<void> check_fit(const CoveredCalls& entry, const ServiceInfo& service, const MethodInfo* method) {
  const BreakerPolicy& breaker = entry.policy.breaker;
  if (service.placement == Placement::pool && (breaker.error_rate > 0 || breaker.slow_call.count() > 0))
    return wrong_entry(entry, std::string("a breaker is of one member, and ") + service.name +
                                  " is a pool, whose calls pass by members that fail (troupe/placement.h)");
  if (auto fits = check_attempt_timeout(entry, service, method); !fits.ok()) return fits;
  if (entry.policy.hedge.after.count() == 0) return {};
  if (method && !method->read_only)
    return wrong_entry(entry, std::string("hedge needs a method that changes nothing, and ") + service.name + "." +
                                  method->name + " is not $Troupe.readOnly");
  if (method) return {};
  const auto* end = service.methods + service.method_count;
  if (std::any_of(service.methods, end, [](const MethodInfo& one) { return one.read_only; })) return {};
  return wrong_entry(entry, std::string("hedge needs methods that change nothing, and none of ") + service.name +
                                " is $Troupe.readOnly");
}

Result<const MethodInfo*> find_method(const ServiceInfo& service, std::string_view name) {
  std::string known;
  for (std::uint16_t i = 0; i < service.method_count; ++i) {
    if (name == service.methods[i].name) return &service.methods[i];
    known += (known.empty() ? "" : ", ") + std::string(service.methods[i].name);
  }
  return Error(ErrorKind::not_found, std::string(service.name) + " has no method " + std::string(name.substr(0, 200)) +
                                         "; it has " + (known.empty() ? "none" : known));
}

}  // namespace troupe::resilience
