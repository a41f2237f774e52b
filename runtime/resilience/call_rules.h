// NodeConfig::calls at work: the way in of calls to services that an entry is for. Addresses of all other services have
// the router for their way in, so a call that nothing covers costs what it costs without this room.
//
// A covered call passes the bulkhead, at once or when it has waited for a place; then, hedged or with a timeout of its
// attempts, its copies go; each copy, or the call itself, asks the breaker of
// the member that owns its callee at each attempt, and goes to the router. Durable messages, reminders and monitors are
// not covered: whoever sends them tries again by itself.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/router.h"
#include "resilience/rule.h"
#include "resilience/timed_calls.h"
#include "troupe/call_policy.h"

namespace troupe::actor {
struct Hosted;
}

namespace troupe::resilience {

class CallRules {
 public:
  // `entries` have been checked (resilience/policy_check.h). `seed`: of the chance in waits. The router outlives it.
  CallRules(const std::vector<CoveredCalls>& entries, cluster::Router& router, std::uint64_t seed);
  ~CallRules();

  // Null: no entry is for the service.
  [[nodiscard]] wire::CallSink* way_in(const ServiceInfo& service) const;
  // Finds the methods that the entries name, before the first call. `invalid`: a service that is not hosted, a method
  // that it does not have, or a policy that does not fit. Once is enough.
  [[nodiscard]] Result<void> bind(const std::vector<std::shared_ptr<actor::Hosted>>& services);

  // --- any thread ---
  [[nodiscard]] cluster::Router& router() const noexcept { return router_; }
  [[nodiscard]] TimedCalls& timed() noexcept { return timed_; }
  [[nodiscard]] TimePoint now() const noexcept { return router_.origin.clock.exact_now(); }
  // From 0 to 1.
  [[nodiscard]] double chance() noexcept;
  // The call has its place in the bulkhead, which goes back when it ends.
  void begin(MethodRule& method, wire::EnvelopePtr call) noexcept;
  // A place that a call had; the next that waits for it begins when somebody looks.
  void give_back(Rule& rule) noexcept;
  // To be called at the time that it gave before, and when it wakes: attempts what is due.
  [[nodiscard]] TimePoint look(TimePoint now);
  // No call waits any more, nor ever will.
  void close() { timed_.close(); }

  [[nodiscard]] const std::vector<std::unique_ptr<Rule>>& rules() const noexcept { return rules_; }
  // Of all services, in the order of their methods; after bind().
  [[nodiscard]] std::vector<MethodRule*> methods() const;

 private:
  class CoveredSink;

  cluster::Router& router_;
  std::vector<std::unique_ptr<Rule>> rules_;
  std::vector<Rule*> with_queue_;  // of them, those whose calls may wait for a place
  std::map<std::string, std::unique_ptr<CoveredSink>, std::less<>> sinks_;  // by service
  TimedCalls timed_;
  std::atomic<std::uint64_t> chances_;
  std::atomic<bool> bound_{false};
  TimePoint next_tidy_{};  // the one thread's that looks
};

}  // namespace troupe::resilience
