// The activation's own time: deadlines of the calls it waits for, turns that sleep, work that comes later.
#include <algorithm>

#include "actor/activation.h"
#include "actor/life.h"
#include "actor/slow_turns.h"

namespace troupe::actor {

Activation::Rare& Activation::rare() {
  if (!rare_) rare_ = std::make_unique<Rare>();
  return *rare_;
}

// One wake-up covers all calls: the next is asked for when the earliest came, so a call costs no timer.
void Activation::arm_deadline(TimePoint deadline) {
  if (deadline == TimePoint::max()) return;
  if (armed_ != TimePoint{} && armed_ <= deadline) return;
  armed_ = deadline;
  // By then the coarse clock has passed the deadline too.
  context_.engine.wake_at(deadline + kClockGrain, *this, kDeadlineToken);
}

void Activation::check_deadlines() {
  armed_ = {};
  const TimePoint now = context_.clock.now();
  end_late_turns(now);
  TimePoint earliest = TimePoint::max();
  std::vector<wire::EnvelopePtr> late;
  for (Turn* turn = waiting_turns_; turn; turn = turn->next) {
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
  for (Turn* turn = waiting_turns_; turn; turn = turn->next) {
    if (turn->call() != &call) continue;
    if (turn->given_up()) end_early(*turn, Error(ErrorKind::cancelled, "its caller gave it up"));
    return;
  }
}

// A caller on this node would tell, one behind a lost link could not.
void Activation::end_late_turns(TimePoint now) {
  std::vector<std::uint64_t> late;
  for (const Turn* turn = waiting_turns_; turn; turn = turn->next) {
    if (turn->has_caller() && turn->call()->deadline <= now) late.push_back(turn->serial());
  }
  for (const std::uint64_t serial : late) {
    if (Turn* turn = waiting_turn(serial)) end_early(*turn, Error(ErrorKind::deadline, "its deadline passed"));
  }
}

// It ends where it waits and keeps nothing; the calls below it are given up.
void Activation::end_early(Turn& waiting, Error why) {
  auto turn = unlink(waiting);
  if (exclusive_ == turn.get()) exclusive_ = nullptr;
  if (editor_ == turn.get()) editor_ = nullptr;
  turns_done_.store(turns_done_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  if (turn->reported_slow) context_.slow_turns->ended(this, turn->serial());
  context_.turns_cancelled.fetch_add(1, std::memory_order_relaxed);
  turn->abandon();
  const std::string whom = address_->text() + "." + hosted_->service.methods[turn->call()->method].name;
  Error error(why.kind(), whom + " ended while it waited, and kept nothing: " + why.message());
  error.may_have_run(true);
  roll_back(*turn, error);
}

// --- turns that take long ---

// From when on it counts as slow: since its start. Work of the actor's own may go on for as long as it likes; there it
// is a call that does not come back. max(): nothing can become slow. After a report, every further span is worth a
// look.
TimePoint Activation::slow_at(const Turn& turn) const noexcept {
  const auto limit = context_.slow_turns->limit();
  if (limit.count() == 0) return TimePoint::max();
  if (turn.reported_slow) return context_.clock.now() + limit;
  if (turn.call()->reply_to || turn.call()->delivery) return turn.since() + limit;
  return turn.first_pending() ? turn.first_pending()->sent + limit : TimePoint::max();
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
  if (rare_ && std::any_of(rare_->timers.begin(), rare_->timers.end(),
                           [&](const Timer& timer) { return timer.turn == turn.serial(); }))
    return "sleeps";
  return "awaits blocking() work";
}

void Activation::on_timer(std::uint64_t token) {
  if (stopped_) return;
  if (token == kDeadlineToken) return check_deadlines();
  if (token == kRecoverToken) {
    const bool for_now = rare_ && rare().recover_at <= context_.clock.exact_now();
    return for_now ? recover() : void();  // or it is of a quarantine that was ended
  }
  if (!rare_) return;
  auto& timers = rare_->timers;
  auto at = std::find_if(timers.begin(), timers.end(), [&](const Timer& t) { return t.token == token; });
  if (at == timers.end()) return;
  if (!at->turn) {
    rare_->due.push_back(token);
    return;
  }
  Turn* turn = waiting_turn(at->turn);
  const auto waiter = at->waiter;
  timers.erase(at);
  if (turn) resume(*turn, waiter);
}

void Activation::sleep(Turn& turn, std::coroutine_handle<> waiter, std::chrono::nanoseconds time) {
  const auto token = rare().next_token++;
  rare().timers.push_back({token, turn.serial(), waiter, {}, {}});
  context_.engine.wake_at(context_.clock.exact_now() + time, *this, token);
}

std::uint64_t Activation::set_timer(std::chrono::nanoseconds delay, std::chrono::nanoseconds period,
                                    std::function<Task<>()> work) {
  const auto token = rare().next_token++;
  rare().timers.push_back({token, 0, {}, std::move(work), period});
  if (delay.count() <= 0 && period.count() == 0) {  // next, without the way through the clock
    rare_->due.push_back(token);
    return token;
  }
  context_.engine.wake_at(context_.clock.exact_now() + delay, *this, token);
  return token;
}

void Activation::cancel_timer(std::uint64_t timer) noexcept {
  if (!rare_) return;
  std::erase_if(rare_->timers, [&](const Timer& t) { return t.token == timer && !t.turn; });
}

}  // namespace troupe::actor
