// What a supervision tree does with an activation: it is brought up, stands down in order or at once, and is put down
// for good; and how an actor ends by itself. What was committed stays in every case.
#include "actor/activation.h"
#include "actor/life.h"

namespace troupe::actor {

void Activation::keep(ChildId child) {
  if (stopped_) return;
  rare().child = child;
  if (phase_ == Phase::erasing) return;
  leave_quarantine();
  phase_ = Phase::held;
}

void Activation::bring_up(bool again) {
  const ChildId child = rare().child;
  if (stopped_) {
    if (child) context_.keeper->not_started(child, "the node stops");
    return;
  }
  if (phase_ == Phase::erasing) {
    if (child) context_.keeper->not_started(child, address_->text() + " is being erased; try again later");
    return;
  }
  leave_quarantine();
  phase_ = Phase::ready;
  context_.crashes.forgive(address_->text());
  if (again) {
    restarts_.fetch_add(1, std::memory_order_relaxed);
    hosted_->restarts.fetch_add(1, std::memory_order_relaxed);
  }
  if (!child) return;
  if (auto trouble = store_trouble()) {
    phase_ = Phase::held;
    return context_.keeper->not_started(child, trouble->message());
  }
  if (life_ && life_->actor) return context_.keeper->started(child);
  if (auto trouble = awaken()) {
    leave_actor(trouble->error, false);
    phase_ = Phase::held;
    return context_.keeper->not_started(child, trouble->error.message());
  }
  context_.keeper->started(child);
}

void Activation::hurry() {
  if (phase_ == Phase::leaving) stood_down(false);
}

void Activation::stand_down(bool at_once, Ptr<Counted> done) {
  if (stopped_) return;
  leave_quarantine();
  rare().leaving = std::move(done);
  if (phase_ == Phase::erasing) return;  // until all of it is gone
  phase_ = Phase::leaving;
  if (at_once || !turns_.first_waiting()) stood_down(!at_once);
}

void Activation::put_down(const std::string& why) {
  if (stopped_) return;
  phase_ = Phase::down;
  refuse_waiting(why);
}

void Activation::let_go() {
  if (stopped_) return;
  rare().child = 0;
  if (phase_ != Phase::erasing) phase_ = Phase::ready;
}

void Activation::refuse_waiting(const std::string& why) {
  rare().down_why = why;
  const Error error(ErrorKind::unavailable, address_->text() + " does not run: " + why);
  while (calls_first_) wire::answer(pop_waiting(), error);
}

// For a call that finds no life, or an actor that is not ready: what became of a service that is supervised as a whole.
// False: the call is turned away.
bool Activation::admitted() noexcept {
  if (phase_ == Phase::ready || phase_ == Phase::held || phase_ == Phase::down) {
    // Either the tree finds this activation when it opens the service, or this finds the service open.
    std::atomic_thread_fence(std::memory_order_seq_cst);
    switch (hosted_->admission.load(std::memory_order_seq_cst)) {
      case Admission::open:
        if (!(rare_ && rare_->child)) phase_ = Phase::ready;
        break;
      case Admission::held:
        if (!(life_ && life_->actor)) phase_ = Phase::held;
        break;
      case Admission::down:
        if (!(life_ && life_->actor)) {
          phase_ = Phase::down;
          rare().down_why = std::string("its service ") + hosted_->service.name + " is stopped by its supervisor";
        }
        break;
    }
  }
  return phase_ != Phase::down;
}

// --- ending by itself ---

void Activation::end_after(const Turn& turn, std::optional<std::string> cause) {
  rare().ending = Rare::Ending{turn.serial(), std::move(cause)};
}

void Activation::forget_ending(const Turn& turn) noexcept {
  if (rare_ && rare_->ending && rare_->ending->turn == turn.serial()) rare_->ending.reset();
}

// After every turn of an actor that has any of these in hand, and when it has been erased (0).
void Activation::after_turn(std::uint64_t serial) {
  if (phase_ == Phase::erasing) {  // first of all that
    if (rare_->ending && rare_->ending->turn == serial) rare_->ending->turn = 0;
    return;
  }
  if (rare_->leaving && phase_ == Phase::ready) phase_ = Phase::leaving;
  if (rare_->ending && rare_->ending->turn == serial) end_by_itself();
  if (phase_ == Phase::leaving && !turns_.first_waiting()) return stood_down(true);
  // Everything was erased: what is kept running is made anew at once.
  if (rare_->child && phase_ == Phase::ready && life_ && !life_->actor && !store_trouble()) {
    if (auto trouble = awaken()) crash(nullptr, trouble->error.message(), CrashCause::activation);
  }
}

void Activation::end_by_itself() {
  auto ending = *std::exchange(rare_->ending, std::nullopt);
  if (!life_) return;
  if (ending.cause) return crash(nullptr, "it ended itself: " + *ending.cause);
  leave_actor(Error(ErrorKind::unavailable, address_->text() + " ended itself in another turn"), true);
  go_down(DownReason::stopped, address_->text() + " ended itself");
  if (!rare_->child || phase_ != Phase::ready) return;
  phase_ = Phase::held;
  context_.keeper->ended(rare_->child, false, "it ended itself");
}

// The actor goes; what was committed last stays in memory, for the disk may not have it yet.
void Activation::leave_actor(const Error& why, bool in_order) noexcept {
  end_turns(why);
  stop_children();
  if (rare_) {
    rare_->timers.clear();
    rare_->due.clear();
    rare_->ending.reset();
  }
  if (!life_ || !life_->actor) return;
  Running scope(this, nullptr);
  if (in_order) life_->actor->on_passivate();
  life_->actor.reset();
}

void Activation::stood_down(bool in_order) {
  const std::string why = address_->text() + " was stopped by its supervisor";
  leave_actor(Error(ErrorKind::unavailable, why + " before the call was done"), in_order);
  phase_ = Phase::held;
  go_down(DownReason::stopped, why);
  const auto done = std::move(rare_->leaving);
  if (gate_.settled()) leave_life();
}

}  // namespace troupe::actor
