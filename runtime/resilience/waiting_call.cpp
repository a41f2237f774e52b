#include "resilience/waiting_call.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/queue_meter.h"
#include "base/time_words.h"
#include "resilience/call_rules.h"

namespace troupe::resilience {
namespace {

// `what`: "did not run"
void refuse(MethodRule& method, wire::EnvelopePtr call, const std::string& what) {
  method.rule.refused();
  Error error(ErrorKind::overloaded, "the bulkhead of \"" + method.rule.to() + "\" lets " +
                                         std::to_string(method.rule.policy().bulkhead.most_in_flight) +
                                         " calls of this node be under way at once, and so many are; the call of " +
                                         method.name + " " + what);
  wire::answer(std::move(call), error.retry_after(kRetryAfter));
}

}  // namespace

class WaitingCall::End final : public wire::CallEnd {
 public:
  explicit End(Ptr<WaitingCall> waiting) noexcept : waiting_(std::move(waiting)) {}
  void ended(const wire::Envelope&, const Error*) noexcept override { waiting_->over(); }

 private:
  const Ptr<WaitingCall> waiting_;
};

void WaitingCall::start(CallRules& rules, MethodRule& method, wire::EnvelopePtr call) noexcept {
  Bulkhead& bulkhead = method.rule.bulkhead();
  if (!bulkhead.has_queue()) return refuse(method, std::move(call), "did not run");
  try {
    auto waiting = make_counted<WaitingCall>(rules, method, call);
    call->ends.add(make_counted<End>(waiting));
    switch (bulkhead.enter_or_wait(waiting)) {
      case Bulkhead::Entry::in: return waiting->go();
      case Bulkhead::Entry::full:
        (void)waiting->take();
        return refuse(method, std::move(call),
                      "did not run, and " + std::to_string(method.rule.policy().bulkhead.most_waiting) +
                          " wait for a place already");
      case Bulkhead::Entry::waits: break;
    }
    if (!waiting->see_to_end(call) && bulkhead.forget(*waiting)) {
      (void)waiting->take();
      return refuse(method, std::move(call), "did not run, and could not wait for a place");
    }
    if (call->settled()) waiting->over();  // given up before it stood in the line
  } catch (const std::exception&) {
    Error error(ErrorKind::overloaded, "there is no memory to call " + method.name + "; it did not run");
    wire::answer(std::move(call), error.retry_after(kRetryAfter));
  }
}

bool WaitingCall::see_to_end(const wire::EnvelopePtr& call) noexcept {
  const TimePoint when = std::min(later(rules_.now(), method_.rule.policy().bulkhead.max_wait), call->deadline);
  const std::lock_guard lock(mutex_);
  if (!call_) return true;  // it has its place already
  auto self = Ptr<WaitingCall>::share(this);
  try {
    waits_ = rules_.timed().add(
        when, call, [self](const wire::EnvelopePtr&) { self->waited_long(); },
        [self](const wire::EnvelopePtr&) { self->node_stops(); });
  } catch (const std::exception&) {  // no memory: it does not wait
  }
  return waits_.has_value();
}

wire::EnvelopePtr WaitingCall::take() noexcept {
  wire::EnvelopePtr call;
  std::optional<TimedCalls::Place> waits;
  {
    const std::lock_guard lock(mutex_);
    call = std::exchange(call_, nullptr);
    waits = std::exchange(waits_, std::nullopt);
  }
  if (waits) rules_.timed().remove(*waits);
  return call;
}

void WaitingCall::go() noexcept {
  auto call = take();
  if (!call || call->settled()) return method_.rule.leave();
  rules_.begin(method_, std::move(call));
}

void WaitingCall::waited_long() noexcept {
  if (!method_.rule.bulkhead().forget(*this)) return;  // it has a place
  auto call = take();
  if (!call) return;
  const TimePoint now = rules_.now();
  if (now >= call->deadline) return wire::answer(call, wire::late(*call));
  const auto waited = std::chrono::duration_cast<std::chrono::milliseconds>(now - call->sent);
  refuse(method_, std::move(call), "waited " + time_words(waited) + " for a place, and did not run");
}

void WaitingCall::node_stops() noexcept {
  if (!method_.rule.bulkhead().forget(*this)) return;
  auto call = take();
  if (!call) return;
  Error error = TimedCalls::stop_of(*call);
  wire::answer(std::move(call), std::move(error));
}

void WaitingCall::over() noexcept {
  (void)method_.rule.bulkhead().forget(*this);
  (void)take();
}

}  // namespace troupe::resilience
