// What an actor's partition does to its activation: it drains, leaves with its partition, comes back with it, or sends
// its calls after it. The activation itself stays as long as its address, so who holds the address needs no other when
// the partition is back.
#include <utility>

#include "actor/activation.h"
#include "actor/activation_parts.h"

namespace troupe::actor {

// For a call to an actor that is not active or whose turns do not run: where its partition is. False: elsewhere, and
// the call went there.
bool Activation::resides(wire::EnvelopePtr& call) noexcept {
  find_residence();
  if (active_ || !phase_.is(Residence::away)) return true;
  if (context_.leadership.of(address_->partition).standing != Standing::elsewhere) return true;
  return !address_->sink.redirect(call);
}

// An activation that is made while its partition comes or goes may not have been told.
void Activation::find_residence() noexcept {
  if (active_) return;
  std::atomic_thread_fence(std::memory_order_seq_cst);
  switch (context_.leadership.of(address_->partition).standing) {
    case Standing::leading: return phase_.reside(Residence::here);
    case Standing::draining: return phase_.reside(Residence::draining);
    case Standing::closed:
    case Standing::elsewhere: return phase_.reside(Residence::away);
  }
}

// Whether a turn of the partition's own actors waits for it.
bool Activation::comes_from_inside(const wire::Envelope& call) const noexcept {
  for (const wire::Envelope* above = call.parent.get(); above; above = above->parent.get()) {
    if (above->target->partition == address_->partition) return true;
  }
  return false;
}

void Activation::drain() noexcept {
  if (phase_.is(Residence::here)) phase_.reside(Residence::draining);
}

void Activation::depart(bool at_once, Ptr<Counted> done) noexcept {
  if (phase_.stopped() || phase_.is(Residence::away)) return;
  if (!active_ && !optional_) return phase_.reside(Residence::away);
  phase_.reside(Residence::departing);
  if (at_once) {
    set_turns_aside();
    end_turns(Error(ErrorKind::unavailable, address_->text() + " left this node before the call was done"));
  }
  if (at_once && phase_.is(Phase::erasing)) {  // the partition goes on with it when it opens
    optional_parts().erasure.reset();
    phase_.end_erasing();
  }
  optional_parts().departing = std::move(done);
  after_turn(0);
}

// Turns that wait and have kept nothing yet, of calls that may be made again: such a call waits anew, and runs where
// its partition is opened next, under its id and as another attempt, so that the calls of its first run repeat nothing.
void Activation::set_turns_aside() noexcept {
  for (Turn* at = turns_.first_waiting(); at;) {
    Turn& waiting = *std::exchange(at, at->next);
    const wire::Envelope* made = waiting.call();
    if (!made || made->delivery || made->method >= address_->service.method_count) continue;
    const MethodInfo& method = address_->service.methods[made->method];
    if (!address_->service.durable() && !method.read_only && !method.retry) continue;
    auto turn = turns_.take(waiting);
    end(*turn);
    turn->abandon();
    note_end(*turn, TurnOutcome::ended, nullptr);
    if (optional_) optional_->ending.forget(turn->serial());
    auto call = turn->take_call();
    call->results.clear();
    call->waiting_turn = nullptr;
    ++call->attempt;
    calls_.push(std::move(call));
  }
}

// No turn waits, and nothing is being erased. What was committed last stays in memory, for the disk may not have it
// yet.
void Activation::finish_departure() noexcept {
  const std::string why = address_->text() + " left this node with its partition";
  leave_actor(Error(ErrorKind::unavailable, why), true);
  go_down(DownReason::stopped, why);
  phase_.reside(Residence::away);
  const auto done = std::move(optional_->departing);
}

void Activation::forget() noexcept {
  if (!phase_.is(Residence::away) || !gate_.settled()) return;
  gate_.forget();
  leave_life();
}

// What a supervision tree keeps running becomes active at once, as it was when it left.
void Activation::arrive() noexcept {
  if (phase_.stopped()) return;
  find_residence();
  const bool kept = phase_.child() != 0 && phase_.ready() && !(active_ && active_->actor);
  if (kept && !store_trouble()) {
    if (auto trouble = awaken()) {
      if (active_) return crash(nullptr, trouble->crash, CrashCause::activation);
      if (phase_.end().report) context_.child_events->ended(phase_.child(), true, trouble->error.message());
    }
  }
  if (!calls_.empty()) pump();
}

void Activation::send_after() noexcept {
  if (phase_.stopped() || !phase_.is(Residence::away)) return;
  for (auto left = calls_.count(); left > 0; --left) {
    auto call = calls_.pop();
    if (!address_->sink.redirect(call)) calls_.push(std::move(call));
  }
  make_room();
}

}  // namespace troupe::actor
