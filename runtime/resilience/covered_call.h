// The cover of one call: its place in the bulkhead, what its breakers hear of it, and its further attempts.
//
// A further attempt is the same envelope, sent again: whoever waits for the call, gives it up or counts its deadline
// has the call itself in hands, whatever attempt is under way. Its id stays, so the ids of the calls that a turn makes
// do not depend on how often any of them was attempted. An attempt that may have run counts in Request::attempt, one
// that did not leaves it as it was: a callee looks for what it remembers only where there may be something.
//
// An attempt with a timeout of its own may lie in a mailbox or on a link when that passes, so the next one is another
// envelope: calls with such attempts are races (resilience/race.h), and this is the cover of one copy.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>

#include "resilience/breakers.h"
#include "resilience/rule.h"
#include "resilience/timed_calls.h"
#include "telemetry/call_span.h"
#include "wire/envelope.h"

namespace troupe::resilience {

class CallRules;
class Race;

class CoveredCall final : public wire::CallCover {
 public:
  struct Terms {
    bool place = false;        // it has one in the rule's bulkhead, to give back
    bool retries = false;      // it may be attempted again
    std::uint32_t failed = 0;  // attempts of the call so far
    bool hedge = false;        // it is a copy that goes beside the first
    Ptr<Race> race{};          // that replaces an attempt which takes too long; null: it may take as long as the call
  };
  CoveredCall(CallRules& rules, MethodRule& method, Terms terms) noexcept;
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
  // Of the attempt under way, if the call's trace is recorded.
  void begin_span(const wire::Envelope& call) noexcept;
  void end_span(const wire::Envelope& call, const Error* error) noexcept;
  // From here on the attempt has its timeout, if another may follow it.
  void limit_attempt(const wire::EnvelopePtr& call) noexcept;
  // The timeout of attempt number `attempt` has passed.
  void overdue(const wire::EnvelopePtr& call, std::uint32_t attempt) noexcept;

  CallRules& rules_;  // of the call's node, which its address keeps
  MethodRule& method_;
  std::mutex mutex_;
  std::atomic<bool> place_;
  const bool retries_;
  bool ended_ = false;
  bool turned_away_ = false;  // by a breaker, which no attempt follows
  std::uint32_t failed_;      // attempts
  telemetry::Attempt span_;   // without a begin: there is none
  const Ptr<Race> race_;
  std::uint32_t attempt_ = 0;  // how many began under this cover
  bool under_way_ = false;     // the last of them has neither been answered nor replaced
  Ptr<MemberBreaker> asked_;   // of the attempt under way
  Breaker::Pass pass_{};
  std::optional<TimedCalls::Place> waits_;  // for the next attempt, or for the timeout of this one
};

}  // namespace troupe::resilience
