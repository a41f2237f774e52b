// The activation's own time: deadlines of the calls it waits for, turns that sleep, work that comes later.
#include <algorithm>

#include "actor/activation.h"
#include "actor/life.h"

namespace troupe::actor {

Activation::Rare& Activation::rare() {
  if (!rare_) rare_ = std::make_unique<Rare>();
  return *rare_;
}

// One wake-up covers all calls: the next is asked for when the earliest came, so a call costs no timer.
void Activation::arm_deadline(TimePoint deadline) {
  if (armed_ != TimePoint{} && armed_ <= deadline) return;
  armed_ = deadline;
  // By then the coarse clock has passed the deadline too.
  context_.engine.wake_at(deadline + kClockGrain, *this, kDeadlineToken);
}

void Activation::check_deadlines() {
  armed_ = {};
  const TimePoint now = context_.clock.now();
  TimePoint earliest = TimePoint::max();
  std::vector<wire::EnvelopePtr> late;
  for (Turn* turn = waiting_turns_; turn; turn = turn->next) {
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
    answered(std::move(call));
  }
}

void Activation::on_timer(std::uint64_t token) {
  if (stopped_) return;
  if (token == kDeadlineToken) return check_deadlines();
  if (token == kRecoverToken) {
    const bool for_now = phase_ != Phase::ready && rare().recover_at <= context_.clock.exact_now();
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
