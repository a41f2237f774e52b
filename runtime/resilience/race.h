// A call of which copies go: hedged, they run side by side and the first answer stands (J. Dean, L. A. Barroso, "The
// Tail at Scale", CACM 2013, hedged requests; gRPC's hedging policy); with a timeout of its attempts, one that takes
// too long is cancelled and another copy goes in its place (Envoy's per-try timeout).
//
// The caller's envelope itself goes nowhere: it ends while copies may lie in mailboxes, and only an envelope that lies
// in none can be posted home. The first copy and those in its place have the call's id, hedges have ids of their own;
// each is covered, so every callee's breaker hears of its own.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "resilience/rule.h"
#include "resilience/timed_calls.h"
#include "wire/envelope.h"

namespace troupe::resilience {

class CallRules;

class Race final : public Recipient {
 public:
  // `method` is hedged, or timed. Throws for want of memory.
  Race(CallRules& rules, MethodRule& method, wire::EnvelopePtr call)
      : rules_(rules), method_(method), call_(std::move(call)) {}

  // Sends the first copy. The call has a place in the bulkhead, which is given back when it ends. False: nobody could
  // see to its deadline, and it is as it was; so it is if this throws, for want of memory.
  [[nodiscard]] static bool start(CallRules& rules, MethodRule& method, const wire::EnvelopePtr& call);

  // A copy has ended.
  bool post(Mail* mail) noexcept override;
  // An attempt takes too long: it ends, and another goes in its place. `failed`: attempts so far, with this one.
  void replace(const wire::EnvelopePtr& late, std::uint32_t failed) noexcept;

 private:
  class End;
  // The call waited for `after` again, or its deadline has come.
  void due(wire::EnvelopePtr call) noexcept;
  // What a copy has beside what the call has.
  struct Copy {
    bool hedge = false;         // else it is of the call's id, and attempted again as the policy says
    std::uint32_t attempt = 1;  // if that is more than the call's
    std::uint32_t failed = 0;   // attempts before it
  };
  void send_copy(const wire::EnvelopePtr& call, const Copy& terms);
  // The call, for the one that ends it; null: another one does.
  [[nodiscard]] wire::EnvelopePtr take() noexcept;
  [[nodiscard]] bool see_to(const wire::EnvelopePtr& call, TimePoint when);
  // The call has ended: so do the copies.
  void over() noexcept;

  CallRules& rules_;  // of the call's node, which its address keeps
  MethodRule& method_;
  std::mutex mutex_;
  wire::EnvelopePtr call_;  // until it ends
  std::vector<wire::EnvelopePtr> copies_;
  std::uint32_t hedges_ = 0;
  bool replacing_ = false;  // a copy is about to go
  std::unique_ptr<Error> first_error_;
  std::optional<TimedCalls::Place> waits_;
};

}  // namespace troupe::resilience
