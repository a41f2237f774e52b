// A hedged call: copies of it that run side by side, of which the first answer stands (J. Dean, L. A. Barroso, "The
// Tail at Scale", CACM 2013, hedged requests; gRPC's hedging policy).
//
// The caller's envelope itself goes nowhere: it ends while copies may lie in mailboxes, and only an envelope that lies
// in none can be posted home. The first copy has the call's id, the others have ids of their own; each is covered, so
// every callee's breaker hears of its own.
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
  // `method` is hedged. Throws for want of memory.
  Race(CallRules& rules, MethodRule& method, wire::EnvelopePtr call)
      : rules_(rules), method_(method), call_(std::move(call)) {}

  // Sends the first copy. The call has a place in the bulkhead, which is given back when it ends. False: nobody could
  // see to its deadline, and it is as it was; so it is if this throws, for want of memory.
  [[nodiscard]] static bool start(CallRules& rules, MethodRule& method, const wire::EnvelopePtr& call);

  // A copy has ended.
  bool post(Mail* mail) noexcept override;

 private:
  class End;
  // The call waited for `after` again, or its deadline has come.
  void due(wire::EnvelopePtr call) noexcept;
  void send_copy(const wire::EnvelopePtr& call);
  [[nodiscard]] bool see_to(const wire::EnvelopePtr& call, TimePoint when);
  // The call has ended: so do the copies.
  void over() noexcept;

  CallRules& rules_;  // of the call's node, which its address keeps
  MethodRule& method_;
  std::mutex mutex_;
  wire::EnvelopePtr call_;  // until it ends
  std::vector<wire::EnvelopePtr> copies_;
  std::uint32_t made_ = 0;
  std::unique_ptr<Error> first_error_;
  std::optional<TimedCalls::Place> waits_;
};

}  // namespace troupe::resilience
