#include "actor/admission.h"

#include <algorithm>

namespace troupe::actor {
namespace {

std::string why(const Context& context, const Activation& activation, Bound bound) {
  const OverloadPolicy& policy = context.origin.queued.policy();
  const std::string whom = activation.address().text();
  const auto of_node = [&](const std::string& what) { return "the call to " + whom + " is one too many: " + what; };
  switch (bound) {
    case Bound::mailbox:
      return "the mailbox of " + whom + " is full (" + std::to_string(context.max_mailbox) + " calls)";
    case Bound::actor_delay: return whom + " is called faster than it can serve";
    case Bound::node_calls: return of_node(std::to_string(policy.max_queued_calls) + " wait on its node");
    case Bound::node_bytes:
      return of_node(std::to_string(policy.max_queued_bytes) + " bytes of calls wait on its node");
    default: return of_node("its node is called faster than it can serve");
  }
}

// A call that may run beside others waits for a worker and for nothing else, so calls that wait for their turn leave it
// room; as many again, for one that has to wait all the same.
bool may_pass(const Context& context, const Activation& activation, const wire::Envelope& call) noexcept {
  const ServiceInfo& service = call.target->service;
  if (call.method >= service.method_count) return false;
  const MethodInfo& method = service.methods[call.method];
  return (method.read_only || method.reentrant) && activation.waiting() < context.max_mailbox &&
         activation.queue_length() < 2 * std::uint64_t{context.max_mailbox};
}

}  // namespace

Bound admit(Context& context, const Activation& activation, wire::Envelope& call) noexcept {
  QueueMeter& queued = context.origin.queued;
  call.arrived = context.clock.now();
  if (call.delivery) {
    if (wire::message_of(call) && activation.queue_length() >= 2 * std::uint64_t{context.max_mailbox})
      return Bound::mailbox;
    queued.enter_anyway(call.footprint());
  } else {
    if (activation.waiting() >= activation.room() && !may_pass(context, activation, call))
      return activation.queue_length() >= context.max_mailbox ? Bound::mailbox : Bound::actor_delay;
    const Bound bound = queued.enter(call.footprint(), call.depth > 0, call.arrived);
    if (bound != Bound::none) return bound;
  }
  if (context.meters) context.meters->call_arrives(call);
  call.queued = true;
  return Bound::none;
}

void turn_away(Context& context, const Activation& activation, wire::EnvelopePtr call, Bound bound) noexcept {
  QueueMeter& queued = context.origin.queued;
  queued.refused(bound);
  const bool of_actor = bound == Bound::mailbox || bound == Bound::actor_delay;
  auto wait = of_actor ? std::max(activation.queue_delay(), kRetryAfter) : queued.retry_after(context.clock.now());
  wait = std::min(wait, kMostRetryAfter);
  // Up to a half more, or those that were turned away together come back together.
  wait += std::chrono::milliseconds(mix(call->id.lo) % static_cast<std::uint64_t>(wait.count() / 2));
  Error error(ErrorKind::overloaded, why(context, activation, bound) + "; try again later");
  error.retry_after(wait);
  wire::answer(std::move(call), std::move(error));
}

}  // namespace troupe::actor
