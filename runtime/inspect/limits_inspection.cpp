#include "inspect/limits_inspection.h"

#include <algorithm>
#include <cmath>

#include "base/limits.h"
#include "inspect/overload_report.h"
#include "resilience/call_rules.h"

namespace troupe::inspect {
namespace {

observe::BreakerView breaker_view(const std::string& method, resilience::MemberBreaker& breaker, TimePoint now) {
  const auto sight = breaker.look(now);
  return {.method = method,
          .member = sight.member,
          .state = std::string(to_string(sight.state)),
          .calls = sight.figures.calls,
          .failed = sight.figures.failed,
          .slow = sight.figures.slow,
          .retry_after_ms = static_cast<std::uint64_t>(sight.left.count()),
          .opened = sight.times_opened,
          .refused = sight.refused};
}

bool spends(const CallPolicy& policy) { return policy.retry.tries > 1 || policy.hedge.after.count() > 0; }

}  // namespace

std::vector<observe::BreakerView> LimitsInspection::breakers() {
  std::vector<observe::BreakerView> out;
  const auto* rules = running_.routing().rules.get();
  if (!rules) return out;
  for (auto* method : rules->methods())
    for (const auto& breaker : method->breakers.all())
      out.push_back(breaker_view(method->name, *breaker, rules->now()));
  return out;
}

observe::LimitsView LimitsInspection::limits() {
  observe::LimitsView view;
  host::NodeRouting& routing = running_.routing();
  if (routing.rules) {
    view.waiting = routing.rules->timed().size();
    for (const auto& rule : routing.rules->rules()) {
      const auto sight = rule->look(routing.rules->now());
      view.calls.push_back(
          {.to = rule->to(),
           .in_flight = sight.bulkhead.in_flight,
           .most_in_flight = rule->policy().bulkhead.most_in_flight,
           .waiting = sight.bulkhead.waiting,
           .most_waiting = rule->bulkhead().has_queue() ? rule->policy().bulkhead.most_waiting : 0,
           .waited = sight.bulkhead.waited,
           .refused = sight.bulkhead_refused,
           .budget_used = sight.budget_taken,
           .budget = spends(rule->policy()) ? static_cast<std::uint64_t>(std::floor(sight.budget_allowed)) : 0,
           .budget_refused = sight.budget_refused,
           .retries = sight.retries,
           .attempts_timed_out = sight.timed_out,
           .hedges = sight.hedges});
    }
  }
  const auto overload = overload_view(config_, routing, running_);
  const auto add = [&](const char* name, std::uint64_t used, std::uint64_t most, const char* field) {
    view.node.push_back({name, used, most, field});
  };
  std::uint64_t longest = 0;
  routing.registry.for_each([&](const wire::AddressPtr&, actor::Activation& activation) {
    longest = std::max(longest, activation.queue_length());
  });
  add("calls that wait for one actor, the most of any", longest, config_.max_mailbox, "max_mailbox");
  add("calls that wait for their turn", overload.queued_calls, overload.max_queued_calls, "overload.max_queued_calls");
  add("bytes that they hold", overload.queued_bytes, overload.max_queued_bytes, "overload.max_queued_bytes");
  add("calls of host threads that are pending", routing.watch.size(), limits::kMaxPendingCalls, "");
  add("calls that wait for a link", routing.router.parked(), limits::kMaxPendingCalls, "");
  add("durable messages that are not acknowledged", running_.context().outbox_messages.load(std::memory_order_relaxed),
      limits::kMaxOutboxMessages, "");
  if (auto* store = running_.store())
    add("commits that wait", store->commits().pending(), limits::kMaxPendingCommits, "");
  if (auto* links = running_.links()) {
    std::uint64_t pending = 0, backlog = 0;
    for (const auto& link : links->status()) {
      pending = std::max<std::uint64_t>(pending, link.pending_calls);
      backlog = std::max<std::uint64_t>(backlog, link.backlog_bytes);
    }
    add("calls under way on one link, the most of any", pending, config_.overload.max_link_calls,
        "overload.max_link_calls");
    add("bytes that wait for one link, the most of any", backlog, config_.overload.max_link_bytes,
        "overload.max_link_bytes");
  }
  return view;
}

Result<std::vector<observe::BreakerView>> LimitsInspection::order(const std::string& method, const std::string& member,
                                                                  observe::BreakerOrder order) {
  std::vector<observe::BreakerView> out;
  std::string known;
  if (const auto* rules = running_.routing().rules.get()) {
    const TimePoint now = rules->now();
    for (auto* one : rules->methods())
      for (const auto& breaker : one->breakers.all()) {
        known += (known.empty() ? "" : ", ") + one->name + " at " + breaker->member();
        if (one->name != method || (!member.empty() && breaker->member() != member)) continue;
        if (order == observe::BreakerOrder::open)
          breaker->open(now);
        else
          breaker->reset();
        out.push_back(breaker_view(one->name, *breaker, now));
      }
  }
  if (!out.empty()) return out;
  return Error(ErrorKind::not_found,
               "this node has no breaker of " + method.substr(0, 200) +
                   (member.empty() ? std::string() : " at " + member.substr(0, 200)) +
                   "; a breaker is there once a call went through it. There are: " + (known.empty() ? "none" : known));
}

}  // namespace troupe::inspect
