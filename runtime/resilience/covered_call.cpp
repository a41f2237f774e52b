#include "resilience/covered_call.h"

#include <utility>

#include "resilience/backoff.h"
#include "resilience/call_rules.h"
#include "resilience/race.h"

namespace troupe::resilience {

CoveredCall::CoveredCall(CallRules& rules, MethodRule& method, Terms terms) noexcept
    : rules_(rules),
      method_(method),
      place_(terms.place),
      retries_(terms.retries),
      failed_(terms.failed),
      span_{.hedge = terms.hedge},
      race_(std::move(terms.race)) {}

// Whoever lets go of a call that nobody settles may hold anything: no other call starts from here.
CoveredCall::~CoveredCall() {
  judge(Verdict::nothing);
  if (place_) rules_.give_back(method_.rule);
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
    ++attempt_;
    under_way_ = true;
  }
  if (call->settled()) return;
  begin_span(*call);
  std::optional<Error> refused;
  try {
    refused = ask(*call);
  } catch (const std::exception&) {  // no memory for a breaker: it goes without
  }
  if (!refused) {
    if (race_) limit_attempt(call);
    return rules_.router().deliver(std::move(call));
  }
  turned_away_ = true;
  wire::answer(std::move(call), std::move(*refused));
}

void CoveredCall::begin_span(const wire::Envelope& call) noexcept {
  telemetry::Tracer* tracer = call.target->sink.origin.tracer;
  if (!tracer || !telemetry::is_sampled(call.trace)) return;
  const std::lock_guard lock(mutex_);
  span_.begun = tracer->now();
  span_.number = failed_ + 1;
}

void CoveredCall::end_span(const wire::Envelope& call, const Error* error) noexcept {
  telemetry::Attempt span;
  {
    const std::lock_guard lock(mutex_);
    span = span_;
    span_.begun = {};
  }
  if (span.begun != TimePoint{}) telemetry::add_attempt(*call.target->sink.origin.tracer, call, span, error);
}

void CoveredCall::limit_attempt(const wire::EnvelopePtr& call) noexcept {
  const RetryPolicy& policy = method_.rule.policy().retry;
  const TimePoint when = later(rules_.now(), policy.attempt_timeout);
  std::lock_guard lock(mutex_);
  if (ended_ || failed_ + 1 >= policy.tries || when >= call->deadline) return;
  try {
    auto self = Ptr<CoveredCall>::share(this);
    waits_ = rules_.timed().add(
        when, call,
        [self = std::move(self), attempt = attempt_](const wire::EnvelopePtr& due) { self->overdue(due, attempt); },
        [](const wire::EnvelopePtr&) {});  // whoever stops the node sees to calls that are under way
  } catch (const std::exception&) {        // no memory: it may take as long as the call
  }
}

void CoveredCall::overdue(const wire::EnvelopePtr& call, std::uint32_t attempt) noexcept {
  {
    std::lock_guard lock(mutex_);
    if (ended_ || !under_way_ || attempt != attempt_) return;
    waits_.reset();
    if (!method_.rule.take_next(rules_.now())) return;  // it goes on
    under_way_ = false;
  }
  race_->replace(call, failed_ + 1);
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
  end_span(*call, error);
  std::optional<TimedCalls::Place> timeout;
  {
    std::lock_guard lock(mutex_);
    if (!std::exchange(under_way_, false)) return false;  // another attempt has taken its place
    timeout = std::exchange(waits_, std::nullopt);
  }
  if (timeout) rules_.timed().remove(*timeout);
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

void CoveredCall::ended(const wire::Envelope& call, const Error* error) noexcept {
  std::optional<TimedCalls::Place> waits;
  {
    std::lock_guard lock(mutex_);
    ended_ = true;
    waits = std::exchange(waits_, std::nullopt);
  }
  if (waits) rules_.timed().remove(*waits);
  judge(verdict_of(error));
  end_span(call, error);
  if (place_.exchange(false)) method_.rule.leave();
}

}  // namespace troupe::resilience
