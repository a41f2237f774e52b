#include "resilience/covered_call.h"

#include <utility>

#include "resilience/backoff.h"
#include "resilience/call_rules.h"

namespace troupe::resilience {

CoveredCall::~CoveredCall() {
  judge(Verdict::nothing);
  give_place_back();
}

void CoveredCall::give_place_back() noexcept {
  if (std::exchange(place_, false)) method_.rule.leave();
}

std::optional<Error> CoveredCall::ask(const wire::Envelope& call) {
  if (!method_.has_breaker()) return std::nullopt;
  const auto member = rules_.router().member_of(*call.target);
  if (!member) return std::nullopt;  // nobody has the actor: the call's end says so
  auto breaker = method_.breakers.of(*member, [&] { return rules_.router().node_of(*call.target); });
  auto asked = breaker->ask(rules_.now());
  if (auto* refused = std::get_if<Error>(&asked)) return std::move(*refused);
  std::lock_guard lock(mutex_);
  asked_ = std::move(breaker);
  pass_ = std::get<Breaker::Pass>(asked);
  return std::nullopt;
}

void CoveredCall::attempt(wire::EnvelopePtr call) noexcept {
  {
    std::lock_guard lock(mutex_);
    waits_.reset();
  }
  if (call->settled()) return;
  std::optional<Error> refused;
  try {
    refused = ask(*call);
  } catch (const std::exception&) {  // no memory for a breaker: it goes without
  }
  if (!refused) return rules_.router().deliver(std::move(call));
  turned_away_ = true;
  wire::answer(std::move(call), std::move(*refused));
}

// Told once of each attempt: by its answer, or by how the call ended.
void CoveredCall::judge(Verdict verdict) noexcept {
  Ptr<MemberBreaker> asked;
  Breaker::Pass pass;
  {
    std::lock_guard lock(mutex_);
    asked = std::exchange(asked_, nullptr);
    pass = pass_;
  }
  if (asked) asked->ended(pass, verdict, rules_.now());
}

bool CoveredCall::takes(wire::EnvelopePtr& call) noexcept {
  const Error* error = call->error.get();
  judge(verdict_of(error));
  if (!error || !retries_ || turned_away_) return false;
  const RetryPolicy& policy = method_.rule.policy().retry;
  if (++failed_ >= policy.tries || !method_.may_repeat(*error)) return false;
  const TimePoint now = rules_.now();
  const TimePoint when = later(now, backoff(policy, failed_, error->retry_after(), rules_.chance()));
  if (call->deadline != TimePoint{} && when >= call->deadline) return false;
  if (!method_.rule.take_retry(now)) return false;
  return wait_for_next(call, when);
}

// Nobody but the one who gives it up touches the call from the answer of one attempt to the begin of the next.
bool CoveredCall::wait_for_next(wire::EnvelopePtr& call, TimePoint when) noexcept {
  auto error = std::move(call->error);
  const bool ran = error->may_have_run() || call->attempt > 1;
  call->results.clear();
  call->in_line.store(false, std::memory_order_seq_cst);
  call->followed = 0;
  call->waiting_turn = nullptr;
  if (ran) ++call->attempt;
  call->went_to.store(ran ? wire::kAstray : wire::kNowhere, std::memory_order_seq_cst);
  std::lock_guard lock(mutex_);
  if (ended_) return true;  // given up meanwhile, and not waited for
  try {
    waits_ = rules_.timed().add(
        when, call, [self = Ptr<CoveredCall>::share(this)](wire::EnvelopePtr due) { self->attempt(std::move(due)); });
  } catch (const std::exception&) {  // no memory: it ends with what it has
  }
  if (!waits_) call->error = std::move(error);
  return waits_.has_value();
}

void CoveredCall::ended(const wire::Envelope&, const Error* error) noexcept {
  std::optional<TimedCalls::Place> waits;
  {
    std::lock_guard lock(mutex_);
    ended_ = true;
    waits = std::exchange(waits_, std::nullopt);
    give_place_back();
  }
  if (waits) rules_.timed().remove(*waits);
  judge(verdict_of(error));
}

}  // namespace troupe::resilience
