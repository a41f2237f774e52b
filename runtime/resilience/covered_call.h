// The cover of one call: its place in the bulkhead, what its breakers hear of it, and its further attempts.
//
// A further attempt is the same envelope, sent again: whoever waits for the call, gives it up or counts its deadline
// has the call itself in hands, whatever attempt is under way. Its id stays, so the ids of the calls that a turn makes
// do not depend on how often any of them was attempted. An attempt that may have run counts in Request::attempt, one
// that did not leaves it as it was: a callee looks for what it remembers only where there may be something.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>

#include "resilience/breakers.h"
#include "resilience/rule.h"
#include "resilience/timed_calls.h"
#include "wire/envelope.h"

namespace troupe::resilience {

class CallRules;

class CoveredCall final : public wire::CallCover {
 public:
  // `place`: it has one in the rule's bulkhead, to give back. `retries`: it may be attempted again.
  CoveredCall(CallRules& rules, MethodRule& method, bool place, bool retries) noexcept
      : rules_(rules), method_(method), place_(place), retries_(retries) {}
  ~CoveredCall() override;

  // The first attempt of a call that has this cover, or a further one.
  void attempt(wire::EnvelopePtr call) noexcept;

  bool takes(wire::EnvelopePtr& call) noexcept override;
  void ended(const wire::Envelope& call, const Error* error) noexcept override;

 private:
  // Why the breaker lets no call go.
  [[nodiscard]] std::optional<Error> ask(const wire::Envelope& call);
  void judge(Verdict verdict) noexcept;
  [[nodiscard]] bool wait_for_next(wire::EnvelopePtr& call, TimePoint when) noexcept;
  void give_place_back() noexcept;

  CallRules& rules_;  // of the call's node, which its address keeps
  MethodRule& method_;
  std::mutex mutex_;
  bool place_;
  const bool retries_;
  bool ended_ = false;
  bool turned_away_ = false;  // by a breaker, which no attempt follows
  std::uint32_t failed_ = 0;  // attempts
  Ptr<MemberBreaker> asked_;  // of the attempt under way
  Breaker::Pass pass_{};
  std::optional<TimedCalls::Place> waits_;
};

}  // namespace troupe::resilience
