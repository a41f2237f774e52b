// What a supervision tree does with an activation: it is started, stops for its supervisor in order or at once, and
// is disabled for good; and how an actor ends by itself. What was committed stays in every case.
#include "actor/activation.h"
#include "actor/activation_parts.h"

namespace troupe::actor {

void Activation::keep(ChildId child) { leave_quarantine(phase_.keep(child)); }

void Activation::start_supervised(bool again) {
  const ChildId child = phase_.child();
  const auto not_started = [&](const std::string& why) {
    if (child != 0) context_.child_events->not_started(child, why);
  };
  switch (phase_.refusal()) {
    case LifePhase::Refusal::stopped: return not_started("the node stops");
    case LifePhase::Refusal::erasing: return not_started(address_->text() + " is being erased; try again later");
    case LifePhase::Refusal::none: break;
  }
  leave_quarantine(phase_.start_supervised());
  context_.crashes.forgive(address_->text());
  if (again) {
    restarts_.fetch_add(1, std::memory_order_relaxed);
    hosted_->restarts.fetch_add(1, std::memory_order_relaxed);
  }
  if (child == 0) return;
  find_residence();
  if (!phase_.is(Residence::here))
    return context_.child_events->started(child);  // it is made when its partition is back
  if (auto trouble = store_trouble()) {
    phase_.not_started();
    return not_started(trouble->message());
  }
  if (active_ && active_->actor) return context_.child_events->started(child);
  if (auto trouble = awaken()) {
    leave_actor(trouble->error, false);
    phase_.not_started();
    return not_started(trouble->error.message());
  }
  context_.child_events->started(child);
}

void Activation::stop_supervised_now() {
  if (phase_.stop_supervised_now().stop_supervised) finish_supervised_stop(false);
}

void Activation::stop_supervised(bool at_once, Ptr<Counted> done) {
  if (phase_.stopped()) return;
  const auto steps = phase_.leave(at_once || !turns_.first_waiting());
  leave_quarantine(steps);
  optional_parts().orders.leaving = std::move(done);
  if (steps.stop_supervised) finish_supervised_stop(!at_once);
}

void Activation::disable(const std::string& why) {
  if (phase_.stopped()) return;
  leave_quarantine(phase_.disable());
  optional_parts().orders.down_why = why;
  refuse_waiting(Error(ErrorKind::unavailable, address_->text() + " does not run: " + why));
}

void Activation::unsupervise() { leave_quarantine(phase_.unsupervise()); }

// For a call that finds no life, or an actor that is not ready: what became of a service that is supervised as a whole.
// False: the call is turned away.
bool Activation::admitted() noexcept {
  // Either the tree finds this activation when it opens the service, or this finds the service open.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  const Admission admission = hosted_->admission.load(std::memory_order_seq_cst);
  const bool made = active_ && active_->actor;
  phase_.admit(admission, made);
  if (!phase_.is(Phase::down)) return true;
  if (admission == Admission::down && !made)
    optional_parts().orders.down_why =
        std::string("its service ") + hosted_->service.name + " is stopped by its supervisor";
  return false;
}

// --- ending by itself ---

void Activation::end_after(const Turn& turn, std::optional<std::string> cause) {
  optional_parts().ending.ask(turn.serial(), std::move(cause));
}

// What it was told, or asked for itself, while it could not.
void Activation::take_up(std::uint64_t serial) {
  const bool ends = optional_ && optional_->ending.asked_by(serial);
  if (phase_.is(Phase::erasing)) {  // first of all that
    if (ends) optional_->ending.put_off();
    return;
  }
  phase_.take_up_orders();
  if (ends) end_by_itself();
  if (phase_.is(Phase::leaving) && !turns_.first_waiting()) finish_supervised_stop(true);
  if (phase_.is(Residence::departing) && !turns_.first_waiting()) return finish_departure();
  if (phase_.is(Phase::leaving) || phase_.is(Phase::held)) return;
  // Everything was erased: what is kept running is made anew at once.
  if (phase_.child() != 0 && phase_.ready() && active_ && !active_->actor && !store_trouble()) {
    if (auto trouble = awaken()) crash(nullptr, trouble->error.message(), CrashCause::activation);
  }
}

void Activation::end_by_itself() {
  const auto cause = optional_->ending.take();
  if (!active_) return;
  if (cause) return crash(nullptr, "it ended itself: " + *cause);
  leave_actor(Error(ErrorKind::unavailable, address_->text() + " ended itself in another turn"), true);
  go_down(DownReason::stopped, address_->text() + " ended itself");
  if (phase_.end().report) context_.child_events->ended(phase_.child(), false, "it ended itself");
}

// The actor goes; what was committed last stays in memory, for the disk may not have it yet.
void Activation::leave_actor(const Error& why, bool in_order) noexcept {
  end_turns(why);
  end_own_work();
  if (optional_) optional_->ending.forget();
  if (!active_ || !active_->actor) return;
  CurrentTurnScope scope(this, nullptr);
  if (in_order) active_->actor->on_passivate();
  active_->actor.reset();
}

void Activation::finish_supervised_stop(bool in_order) {
  const std::string why = address_->text() + " was stopped by its supervisor";
  leave_actor(Error(ErrorKind::unavailable, why + " before the call was done"), in_order);
  phase_.supervised_stop_done();
  go_down(DownReason::stopped, why);
  const auto done = std::move(optional_->orders.leaving);
  if (gate_.settled()) leave_life();
}

}  // namespace troupe::actor
