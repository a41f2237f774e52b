// The activation's mailbox: which calls run now, which wait, and which are turned away at once.
#include <utility>

#include "actor/activation.h"
#include "actor/activation_parts.h"
#include "actor/admission.h"
#include "base/limits.h"
#include "wire/monitor_request.h"

namespace troupe::actor {
namespace {

// Turns started from the mailbox in one go; then other actors have their turn.
constexpr int kPumpBatch = 16;

// Goes on with a mailbox that is not empty yet.
class Continue final : public Control {
 public:
  void act(Activation& activation) noexcept override;
  void discard() noexcept override { delete this; }
};

}  // namespace

TurnKind Activation::kind_of(const wire::Envelope& call) const noexcept {
  if (call.method == wire::kNoMethod) return TurnKind::exclusive;
  const MethodInfo& method = hosted_->service.methods[call.method];
  if (method.read_only) return TurnKind::read_only;
  return method.reentrant ? TurnKind::reentrant : TurnKind::exclusive;
}

bool Activation::may_start(TurnKind kind) const noexcept {
  return phase_.ready() && turns_.admit(kind) && !context_.starts_no_turns.load(std::memory_order_relaxed);
}

// A retry of a call that still runs here waits for its end, and then for what is remembered of it.
bool Activation::may_start(const wire::Envelope& call) {
  return (may_start(kind_of(call)) || may_start_while_draining(call)) && (call.attempt == 1 || !turns_.waits(call.id));
}

bool Activation::may_start_while_draining(const wire::Envelope& call) const noexcept {
  return phase_.is(Residence::draining) && phase_.is(Phase::ready) && turns_.admit(kind_of(call)) &&
         !context_.starts_no_turns.load(std::memory_order_relaxed) && comes_from_inside(call);
}

void Activation::accept(wire::EnvelopePtr call, TimePoint now) {
  if (call->settled()) return;
  if (wire::watch_of(*call)) return watched(std::move(call));
  if ((!active_ || !phase_.ready()) && !resides(call)) return;
  const ServiceInfo& service = hosted_->service;
  const bool of_the_runtime = call->delivery && !wire::message_of(*call);
  if (call->method >= service.method_count && !of_the_runtime) {
    Error error(ErrorKind::not_found, std::string(service.name) + " has no method " + std::to_string(call->method) +
                                          "; caller and actor were built from different schemas");
    return wire::answer(std::move(call), std::move(error));
  }
  if (phase_.is(Phase::quarantined))
    return wire::answer(std::move(call), Error(ErrorKind::unavailable, optional_parts().pause.quarantined));
  if ((!active_ || !phase_.ready()) && !admitted()) {
    Error error(ErrorKind::unavailable, address_->text() + " does not run: " + optional_parts().orders.down_why);
    return wire::answer(std::move(call), std::move(error));
  }
  if (call->depth > limits::kMaxCallDepth) {
    Error error(ErrorKind::invalid, "a chain of more than " + std::to_string(limits::kMaxCallDepth) +
                                        " nested calls reached " + address_->text());
    return wire::answer(std::move(call), std::move(error));
  }
  const TurnKind kind = kind_of(*call);
  // Calls keep their order: a newcomer does not overtake those that wait, unless it may run beside them, or runs while
  // they may not.
  const bool in_order = kind != TurnKind::exclusive || calls_.empty() || phase_.is(Residence::draining);
  if (may_start(*call) && in_order) return start(std::move(call), now);
  wait(std::move(call));
}

void Activation::wait(wire::EnvelopePtr call) {
  std::string path;
  if (const Turn* first = turns_.exclusive();
      first && first->call() && wire::called_from(*call, first->call()->id, &path)) {
    Error error(ErrorKind::invalid, "call cycle: " + path + "; the first waits for the last and would wait for ever");
    error.may_have_run(false);
    return wire::answer(std::move(call), std::move(error));
  }
  calls_.push(std::move(call));
  make_room();
}

void Activation::refuse_waiting(const Error& why) noexcept {
  calls_.refuse(why);
  make_room();
}

// Calls that wait for a worker and those that wait for their turn share what may wait for the actor.
void Activation::make_room() noexcept { room(calls_.room(context_.max_mailbox)); }

bool Activation::sheds(const wire::Envelope& call, TimePoint now) noexcept {
  const auto before = calls_.longest();
  const bool shed = calls_.sheds(call, {now, waiting(), turns_.done()}, context_.origin.queued.policy());
  if (calls_.longest() != before) make_room();
  return shed;
}

void Activation::pump() {
  for (int n = 0; n < kPumpBatch && left() > 0 && !phase_.stopped(); ++n) {
    if (phase_.is(Residence::draining)) [[unlikely]]
      calls_.bring_forward([this](const wire::Envelope& call) { return comes_from_inside(call); });
    const bool work = optional_ && optional_->timers.work_is_due() && may_start(TurnKind::exclusive);
    const bool call_waits = !calls_.empty() && may_start(calls_.first());
    if (!work && !call_waits) return;
    spend();
    if (work && optional_->timers.work_goes_first(call_waits)) {
      start_timer_work();
      continue;
    }
    auto call = calls_.pop();
    make_room();
    if (!call->settled()) start(std::move(call), context_.clock.now());
  }
  if (phase_.stopped() || continuing_) return;
  continuing_ = true;
  auto* mail = new Continue;
  if (!post(mail)) mail->discard();
}

void Activation::receive(Mail* mail) noexcept {
  try {
    take_in(mail);
    if (!calls_.empty() || (optional_ && optional_->timers.work_is_due())) pump();
  } catch (const std::exception& e) {
    survive(e.what());
  }
}

void Activation::take_in(Mail* mail) {
  switch (mail->kind()) {
    case Mail::Kind::call: {
      auto call = wire::EnvelopePtr::adopt(static_cast<wire::Envelope*>(mail));
      const TimePoint now = context_.clock.now();
      call->queued = false;
      const bool late = context_.origin.queued.taken(call->footprint(), call->arrived, now, call->depth > 0);
      if (late && !call->delivery) {
        turn_away(context_, *this, std::move(call), Bound::node_delay);
      } else {
        accept(std::move(call), now);
      }
      break;
    }
    case Mail::Kind::reply: {
      auto call = wire::EnvelopePtr::adopt(static_cast<wire::Envelope*>(mail));
      answered(std::move(call));
      break;
    }
    case Mail::Kind::timer: {
      const auto token = static_cast<engine::TimerMail*>(mail)->token;
      mail->discard();
      on_timer(token);
      break;
    }
    case Mail::Kind::control: static_cast<Control*>(mail)->act(*this); break;
  }
}

void Continue::act(Activation& activation) noexcept {
  activation.go_on();
  delete this;
}

}  // namespace troupe::actor
