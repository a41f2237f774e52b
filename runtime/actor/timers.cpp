// The activation's own time: deadlines of the calls it waits for, turns that sleep, work that comes later.
#include <algorithm>

#include "actor/activation.h"
#include "actor/life.h"
#include "actor/slow_turns.h"
#include "base/limits.h"

namespace troupe::actor {

Activation::OptionalParts& Activation::rare() {
  if (!rare_) rare_ = std::make_unique<OptionalParts>();
  return *rare_;
}

// One wake-up covers all calls: the next is asked for when the earliest came, so a call costs no timer.
void Activation::arm_deadline(TimePoint deadline) {
  if (deadline == TimePoint::max()) return;
  if (armed_ != TimePoint{} && armed_ <= deadline) return;
  armed_ = deadline;
  // By then the coarse clock has passed the deadline too.
  context_.engine.wake_at(later(deadline, kClockGrain), *this, kDeadlineToken);
}

void Activation::check_deadlines() {
  // Asked for when it was the earliest, and another has come before it since: that one is awaited, and asks anew.
  if (armed_ != TimePoint{} && context_.clock.exact_now() < armed_) return;
  armed_ = {};
  const TimePoint now = context_.clock.now();
  end_late_turns(now);
  TimePoint earliest = TimePoint::max();
  std::vector<wire::EnvelopePtr> late;
  for (Turn* turn = turns_.first_waiting(); turn; turn = turn->next) {
    report_if_slow(*turn, now);
    earliest = std::min(earliest, slow_at(*turn));
    if (turn->has_caller()) earliest = std::min(earliest, turn->call()->deadline);
    for (auto* call = turn->first_pending(); call; call = call->pending_next) {
      if (call->deadline <= now) {
        late.push_back(wire::EnvelopePtr::share(call));
      } else {
        earliest = std::min(earliest, call->deadline);
      }
    }
  }
  if (earliest != TimePoint::max()) arm_deadline(earliest);
  for (auto& call : late) {
    if (!call->turn || !call->settle()) continue;  // its turn is gone, or the answer waits in the inbox
    call->caller_error = std::make_unique<Error>(wire::late(*call));
    call->target->sink.cancel(call);
    answered(std::move(call));
  }
}

// --- turns that nobody waits for ---

void Activation::cancel(const wire::Envelope& call) {
  auto* turn = static_cast<Turn*>(call.waiting_turn);
  if (turn && turn->given_up()) end_early(*turn, Error(ErrorKind::cancelled, "its caller gave it up"));
}

// A caller on this node would tell, one behind a lost link could not.
void Activation::end_late_turns(TimePoint now) {
  for (Turn *turn = turns_.first_waiting(), *next = nullptr; turn; turn = next) {
    next = turn->next;  // what ends is that turn and no other
    if (turn->has_caller() && turn->call()->deadline <= now)
      end_early(*turn, Error(ErrorKind::deadline, "its deadline passed"));
  }
}

// It ends where it waits and keeps nothing; the calls below it are given up.
void Activation::end_early(Turn& waiting, Error why) {
  auto turn = turns_.take(waiting);
  end(*turn);
  context_.turns_cancelled.fetch_add(1, std::memory_order_relaxed);
  turn->abandon();
  const std::string whom = address_->text() + "." + hosted_->service.methods[turn->call()->method].name;
  Error error(why.kind(), whom + " ended while it waited, and kept nothing: " + why.message());
  error.may_have_run(true);
  roll_back(*turn, error, TurnOutcome::ended);
}

// --- turns that take long ---

// From when on it counts as slow: since its start. Work of the actor's own may go on for as long as it likes; there it
// is a call that does not come back. max(): nothing can become slow. After a report, every further span is worth a
// look.
TimePoint Activation::slow_at(const Turn& turn) const noexcept {
  const auto limit = context_.slow_turns->limit();
  if (limit.count() == 0) return TimePoint::max();
  if (turn.reported_slow) return later(context_.clock.now(), limit);
  if (turn.call()->reply_to || turn.call()->delivery) return later(turn.since(), limit);
  return turn.first_pending() ? later(turn.first_pending()->sent, limit) : TimePoint::max();
}

void Activation::report_if_slow(Turn& turn, TimePoint now) {
  if (!turn.reported_slow && slow_at(turn) > now) return;
  const bool first = !std::exchange(turn.reported_slow, true);
  context_.slow_turns->report(
      this, turn.serial(),
      {address_->text(), what_runs(*turn.call()), turn.call()->id.text(), waits_for(turn, now), turn.since()}, first);
}

// "awaits Stock/sku-1.reserve for 1200 ms"
std::string Activation::waits_for(const Turn& turn, TimePoint now) const {
  for (const auto* call = turn.first_pending(); call; call = call->pending_next) {
    if (!call->waiter) continue;
    const auto& service = call->target->service;
    return "awaits " + call->target->text() + "." + service.methods[call->method].name + ", called " +
           std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(now - call->sent).count()) + " ms ago";
  }
  if (!turn.sleeps.empty()) return "sleeps";
  return "awaits blocking() work";
}

void Activation::on_timer(std::uint64_t token) {
  if (phase_.stopped()) return;
  if (token == kDeadlineToken) return check_deadlines();
  if (token == kRecoverToken) {
    const bool for_now = rare_ && rare().recover_at <= context_.clock.exact_now();
    return for_now ? recover() : void();  // or it is of a quarantine that was ended
  }
  if (token == kTimersToken && rare_) timers_due();
}

// --- timers and sleeps: one wake-up for all, as for deadlines ---

void Activation::arm_timers() {
  OptionalParts& r = rare();
  const TimePoint earliest = r.timers.earliest();
  if (earliest == TimePoint::max() || (r.timers_wake != TimePoint{} && r.timers_wake <= earliest)) return;
  r.timers_wake = earliest;
  context_.engine.wake_at(earliest, *this, kTimersToken);
}

void Activation::timers_due() {
  const TimePoint now = context_.clock.exact_now();
  // As with deadlines: another one has come before it since.
  if (rare_->timers_wake != TimePoint{} && now < rare_->timers_wake) return;
  rare_->timers_wake = TimePoint::min();  // turns that go on here ask for nothing
  while (const auto token = rare_->timers.pop_due(now)) {
    const auto& timer = *rare_->timers.find(*token);
    if (!timer.sleeper) {
      rare_->due.push_back(*token);
      continue;
    }
    Turn& turn = *timer.sleeper;
    const auto waiter = timer.waiter;
    rare_->timers.erase(*token);
    std::erase(turn.sleeps, *token);
    resume(turn, waiter);
    spend();
    if (left() > 0 || rare_->timers.earliest() > now) continue;
    rare_->timers_wake = now;
    auto* rest = new engine::TimerMail(kTimersToken);  // after the others that want to run
    if (!post(rest)) rest->discard();
    return;
  }
  rare_->timers_wake = {};
  arm_timers();
}

void Activation::check_timers_left() const {
  if (!rare_ || std::max(rare_->timers.size(), rare_->due.size()) < limits::kMaxTimers) return;
  throw Error(ErrorKind::overloaded, address_->text() + " has set " + std::to_string(limits::kMaxTimers) +
                                         " timers that have not come due, and no more are allowed; a reminder costs no "
                                         "memory while it waits");
}

void Activation::sleep(Turn& turn, std::coroutine_handle<> waiter, std::chrono::nanoseconds time) {
  check_timers_left();
  turn.sleeps.push_back(
      rare().timers.add(later(context_.clock.exact_now(), time), {.sleeper = &turn, .waiter = waiter}));
  arm_timers();
}

// They come too late.
void Activation::forget_sleeps(Turn& turn) noexcept {
  for (const std::uint64_t token : turn.sleeps) rare_->timers.erase(token);
  turn.sleeps.clear();
}

std::uint64_t Activation::set_timer(std::chrono::nanoseconds delay, std::chrono::nanoseconds period,
                                    std::function<Task<>()> work) {
  check_timers_left();
  TimerQueue::Timer timer{.work = std::move(work), .period = period};
  if (delay.count() <= 0 && period.count() == 0) {  // next, without the way through the clock
    const auto token = rare().timers.add(std::nullopt, std::move(timer));
    rare_->due.push_back(token);
    return token;
  }
  const auto token = rare().timers.add(later(context_.clock.exact_now(), delay), std::move(timer));
  arm_timers();
  return token;
}

void Activation::cancel_timer(std::uint64_t timer) noexcept {
  if (!rare_) return;
  if (const auto* found = rare_->timers.find(timer); found && !found->sleeper) rare_->timers.erase(timer);
}

}  // namespace troupe::actor
