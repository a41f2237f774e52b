// A call that found its bulkhead full: it waits for a place, if it may, until `max_wait` or its deadline, and gives the
// wait up when its caller does.
#pragma once

#include <mutex>
#include <optional>

#include "resilience/bulkhead.h"
#include "resilience/rule.h"
#include "resilience/timed_calls.h"
#include "wire/envelope.h"

namespace troupe::resilience {

class CallRules;

class WaitingCall final : public Bulkhead::Waiter {
 public:
  // See start().
  WaitingCall(CallRules& rules, MethodRule& method, wire::EnvelopePtr call) noexcept
      : rules_(rules), method_(method), call_(std::move(call)) {}

  // Has the call wait, begin, or be refused.
  static void start(CallRules& rules, MethodRule& method, wire::EnvelopePtr call) noexcept;

  void go() noexcept override;

 private:
  class End;
  // False: nobody could see to the end of its wait.
  [[nodiscard]] bool see_to_end(const wire::EnvelopePtr& call) noexcept;
  void waited_long() noexcept;
  void node_stops() noexcept;
  // The caller waits no more.
  void over() noexcept;
  // Nothing is due any more. The call, for the first that asks.
  [[nodiscard]] wire::EnvelopePtr take() noexcept;

  CallRules& rules_;  // of the call's node, which its address keeps
  MethodRule& method_;
  std::mutex mutex_;
  wire::EnvelopePtr call_;  // until it begins or ends
  std::optional<TimedCalls::Place> waits_;
};

}  // namespace troupe::resilience
