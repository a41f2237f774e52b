#include "wire/envelope.h"

#include "base/limits.h"
#include "troupe/service.h"

namespace troupe::wire {

std::string Address::text() const {
  return std::string(service.name) + "/" + key + (instance == 0 ? "" : "#" + std::to_string(instance));
}

bool CallSink::redirect(EnvelopePtr&) noexcept { return false; }

namespace {

void send_home(EnvelopePtr call) noexcept {
  Recipient* home = call->reply_to.get();
  if (!home) return;
  if (Envelope* mail = call.detach(); !home->post(mail)) mail->release();
}

}  // namespace

void answer(EnvelopePtr call) noexcept {
  if (call->cover && !call->settled() && call->cover->takes(call)) return;
  if (!call->settle()) return;
  call->ends.tell(*call, call->error.get());
  call->kind(Mail::Kind::reply);  // no longer in any mailbox; one that is given up may still be
  send_home(std::move(call));
}

void answer_with(EnvelopePtr call, EnvelopePtr copy) noexcept {
  if (!call->settle()) return;
  call->answered_by = std::move(copy);
  call->ends.tell(*call, nullptr);
  call->kind(Mail::Kind::reply);
  send_home(std::move(call));
}

void answer(EnvelopePtr call, Error error) noexcept {
  answer(std::move(call), std::make_unique<Error>(std::move(error)));
}

void answer(EnvelopePtr call, std::unique_ptr<Error> error) noexcept {
  if (call->settled()) return;
  if (call->attempt > 1) error->may_have_run(true);  // this attempt was turned away; an earlier one may have run
  call->results.clear();
  call->error = std::move(error);
  answer(std::move(call));
}

void Envelope::discard() noexcept {
  auto self = EnvelopePtr::adopt(this);
  if (std::exchange(queued, false)) target->sink.origin.queued.leave(footprint());
  if (kind() != Kind::call) return;
  const std::string whom = target ? target->text() : "the actor";
  answer(std::move(self), Error(ErrorKind::unavailable, whom + " has stopped and took the call no more"));
}

void give_up(EnvelopePtr call, Error error) noexcept {
  if (!call->settle()) return;
  if (error.kind() == ErrorKind::cancelled) error.may_have_run(may_have_begun(*call));
  call->caller_error = std::make_unique<Error>(std::move(error));
  call->ends.tell(*call, call->caller_error.get());
  call->target->sink.cancel(call);
  send_home(std::move(call));
}

void give_up_late(EnvelopePtr call) noexcept {
  if (!call->settle()) return;
  call->caller_error = std::make_unique<Error>(late(*call));
  call->ends.tell(*call, call->caller_error.get());
  call->target->sink.cancel(call);
  send_home(std::move(call));
}

bool may_have_begun(const Envelope& call) noexcept {
  return (call.left() && !call.in_line.load(std::memory_order_seq_cst)) || call.attempt > 1;
}

Error too_long(const Envelope& call, std::size_t bytes) {
  return Error(ErrorKind::invalid, "the parameters for " + call.target->text() + " are " + std::to_string(bytes) +
                                       " bytes long; " + std::to_string(limits::kMaxMessageBytes) + " are allowed");
}

Error late(const Envelope& call) {
  const std::string whom = call.target->text() + "." + call.target->service.methods[call.method].name;
  if (!call.left())
    return Error(ErrorKind::unavailable, "no way to " + whom + " was found before the deadline; it did not run");
  Error error(ErrorKind::deadline, "no answer in time from " + whom);
  error.may_have_run(may_have_begun(call));
  return error;
}

bool called_from(const Envelope& call, const RequestId& id, std::string* path) {
  std::vector<std::string> below{call.target->text()};
  auto found = [&](const std::string& top) {
    if (!path) return true;
    *path = top;
    for (auto it = below.rbegin(); it != below.rend(); ++it) *path += " -> " + *it;
    return true;
  };
  const Envelope* at = &call;
  while (at->parent) {
    at = at->parent.get();
    if (at->id == id) return found(at->target->text());
    below.push_back(at->target->text());
  }
  if (!at->remote_chain) return false;
  for (const Hop& hop : *at->remote_chain) {
    if (hop.id == id) return found(hop.actor);
    below.push_back(hop.actor);
  }
  return false;
}

}  // namespace troupe::wire
