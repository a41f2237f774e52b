// The activation's own time: deadlines of the calls it waits for, turns that sleep, work that comes later.
#include <algorithm>

#include "actor/activation.h"
#include "actor/activation_parts.h"
#include "actor/deadlines.h"
#include "actor/slow_turns.h"
#include "base/limits.h"

namespace troupe::actor {

Activation::OptionalParts& Activation::optional_parts() {
  if (!optional_) optional_ = std::make_unique<OptionalParts>(*address_);
  return *optional_;
}

void Activation::arm_deadline(TimePoint deadline) {
  // By then the coarse clock has passed the deadline too.
  if (deadline_.await(deadline)) context_.engine.wake_at(later(deadline, kClockGrain), *this, kDeadlineToken);
}

void Activation::check_deadlines() {
  if (!deadline_.came(context_.clock.exact_now())) return;
  const TimePoint now = context_.clock.now();
  end_late_turns(now);
  for (Turn* turn = turns_.first_waiting(); turn; turn = turn->next) report_if_slow(*turn, now);
  auto found = deadlines_of(turns_.first_waiting(), context_.slow_turns->limit(), now);
  arm_deadline(found.next);
  for (auto& call : found.late_calls) {
    if (!call->turn || !call->settle()) continue;  // its turn is gone, or the answer waits in the inbox
    call->caller_error = std::make_unique<Error>(wire::late(*call));
    call->ends.tell(*call, call->caller_error.get());
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
    if (is_late(*turn, now)) end_early(*turn, Error(ErrorKind::deadline, "its deadline passed"));
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

TimePoint Activation::slow_at(const Turn& turn) const noexcept {
  const TimePoint now = turn.reported_slow ? context_.clock.now() : TimePoint{};  // else it does not matter
  return actor::slow_at(turn, context_.slow_turns->limit(), now);
}

namespace {

// "awaits Stock/sku-1.reserve for 1200 ms"
std::string waits_for(const Turn& turn, TimePoint now) {
  for (const auto* call = turn.first_pending(); call; call = call->pending_next) {
    if (!call->waiter) continue;
    const auto& service = call->target->service;
    return "awaits " + call->target->text() + "." + service.methods[call->method].name + ", called " +
           std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(now - call->sent).count()) + " ms ago";
  }
  if (!turn.sleeps.empty()) return "sleeps";
  return "awaits blocking() work";
}

}  // namespace

void Activation::report_if_slow(Turn& turn, TimePoint now) {
  if (!turn.reported_slow && slow_at(turn) > now) return;
  const bool first = !std::exchange(turn.reported_slow, true);
  context_.slow_turns->report(
      this, turn.serial(),
      {address_->text(), turn.what_runs(), turn.call()->id.text(), waits_for(turn, now), turn.since()}, first);
}

void Activation::on_timer(std::uint64_t token) {
  if (phase_.stopped()) return;
  if (token == kDeadlineToken) return check_deadlines();
  if (token == kRecoverToken) {
    const bool for_now = optional_ && optional_->pause.until <= context_.clock.exact_now();
    return for_now ? recover() : void();  // or it is of a quarantine that was ended
  }
  if (token == kTimersToken && optional_) timers_due();
}

// --- timers and sleeps ---

void Activation::arm_timers() {
  const TimePoint earliest = optional_->timers.earliest();
  if (optional_->timers.wake_up().await(earliest)) context_.engine.wake_at(earliest, *this, kTimersToken);
}

void Activation::timers_due() {
  const TimePoint now = context_.clock.exact_now();
  Timers& timers = optional_->timers;
  if (!timers.wake_up().came(now)) return;
  timers.wake_up().hold();  // turns that go on here ask for nothing
  while (const auto sleeper = timers.wake_next(now)) {
    resume(*sleeper->turn, sleeper->waiter);
    spend();
    if (left() > 0 || timers.earliest() > now) continue;
    timers.wake_up().forget();
    (void)timers.wake_up().await(now);
    auto* rest = new engine::TimerMail(kTimersToken);  // after the others that want to run
    if (!post(rest)) rest->discard();
    return;
  }
  timers.wake_up().forget();
  arm_timers();
}

namespace {

void check_room(const Timers& timers, const wire::Address& actor) {
  if (!timers.full(limits::kMaxTimers)) return;
  throw Error(ErrorKind::overloaded, actor.text() + " has set " + std::to_string(limits::kMaxTimers) +
                                         " timers that have not come due, and no more are allowed; a reminder costs no "
                                         "memory while it waits");
}

}  // namespace

void Activation::sleep(Turn& turn, std::coroutine_handle<> waiter, std::chrono::nanoseconds time) {
  Timers& timers = optional_parts().timers;
  check_room(timers, *address_);
  turn.sleeps.push_back(timers.add_sleep(later(context_.clock.exact_now(), time), {&turn, waiter}));
  arm_timers();
}

std::uint64_t Activation::set_timer(std::chrono::nanoseconds delay, std::chrono::nanoseconds period,
                                    Timers::Work work) {
  Timers& timers = optional_parts().timers;
  check_room(timers, *address_);
  if (delay.count() <= 0 && period.count() == 0) return timers.add_due(std::move(work));
  const auto timer = timers.add_work(later(context_.clock.exact_now(), delay), period, std::move(work));
  arm_timers();
  return timer;
}

void Activation::cancel_timer(std::uint64_t timer) noexcept {
  if (optional_) optional_->timers.cancel_work(timer);
}

}  // namespace troupe::actor
