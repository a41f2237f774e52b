#include "actor/waiting_calls.h"

#include <utility>

namespace troupe::actor {

WaitingCalls::~WaitingCalls() {
  while (!empty()) pop().detach()->discard();
}

void WaitingCalls::push(wire::EnvelopePtr call) noexcept {
  call->in_line.store(true, std::memory_order_seq_cst);
  call->target->sink.origin.queued.hold(call->footprint());
  Mail* mail = call.detach();
  mail->next_mail = nullptr;
  (last_ ? last_->next_mail : first_) = mail;
  last_ = mail;
  count_.fetch_add(1, std::memory_order_relaxed);
}

wire::EnvelopePtr WaitingCalls::pop() noexcept {
  Mail* mail = first_;
  first_ = mail->next_mail;
  if (!first_) last_ = nullptr;
  mail->next_mail = nullptr;
  count_.fetch_sub(1, std::memory_order_relaxed);
  auto call = wire::EnvelopePtr::adopt(static_cast<wire::Envelope*>(mail));
  call->target->sink.origin.queued.release(call->footprint());
  call->in_line.store(false, std::memory_order_seq_cst);
  return call;
}

void WaitingCalls::refuse(const Error& why) noexcept {
  while (!empty()) wire::answer(pop(), why);
}

bool WaitingCalls::judge(const wire::Envelope& call, std::chrono::nanoseconds delay, const Moment& moment,
                         const OverloadPolicy& policy) noexcept {
  if (call.delivery || policy.target.count() == 0) return false;
  const std::uint32_t behind = moment.in_inbox + count();
  // Who comes now waits for those that wait already; behind the last of a burst that is nobody.
  const bool none_behind = delay < policy.target || behind == 0;
  const auto ms = none_behind ? 0 : std::chrono::duration_cast<std::chrono::milliseconds>(delay).count();
  delay_ms_.store(static_cast<std::uint32_t>(ms), std::memory_order_relaxed);
  return queue_.sheds({delay, behind, moment.turns_done, moment.now, call.depth > 0}, policy);
}

}  // namespace troupe::actor
