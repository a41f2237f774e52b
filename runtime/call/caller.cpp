// The caller's side of a call: what a Ref and a Call do. Stop 1 and 2 of a call's way, and its end.
#include "actor/activation.h"
#include "actor/current.h"
#include "base/limits.h"
#include "call/host_call.h"
#include "call/thread_scope.h"
#include "telemetry/meters.h"
#include "telemetry/turn_span.h"
#include "troupe/call.h"
#include "troupe/ref.h"
#include "troupe/service.h"
#include "wire/envelope.h"

namespace troupe {
namespace {

constexpr std::uint64_t kOnceSeeds[] = {0x6964'656d'706f'7431ULL, 0x6964'656d'706f'7432ULL};

std::chrono::milliseconds timeout_of(const MethodInfo& method, std::chrono::milliseconds own,
                                     const wire::CallOrigin& origin) {
  if (own.count() > 0) return own;
  if (method.timeout_ms > 0) return std::chrono::milliseconds(method.timeout_ms);
  return origin.default_timeout;
}

// Whether blocking() work is to wait for a call to its own actor, whose turn waits for that work.
bool waits_for_itself(const wire::Envelope& envelope) {
  const actor::Activation* held = actor::held_by_blocking();
  if (!held || &held->address() != envelope.target.get()) return false;
  const MethodInfo& method = envelope.target->service.methods[envelope.method];
  return !method.read_only && !method.reentrant;
}

const wire::Address& named(const wire::Address* address) {
  if (address) return *address;
  throw Error(ErrorKind::invalid, "an empty Ref names no actor; take one from Node::ref() or Actor::ref()");
}

call::HostCall& host_call(wire::Envelope& envelope) {
  if (actor::current().activation) {
    throw Error(ErrorKind::invalid,
                "get(), then() and future() are for host threads; inside an actor co_await the "
                "call to " +
                    envelope.target->text());
  }
  if (envelope.turn || !envelope.reply_to || envelope.in_actor) {
    throw Error(ErrorKind::invalid,
                "the call to " + envelope.target->text() + " was made inside an actor and can only be awaited there");
  }
  return static_cast<call::HostCall&>(*envelope.reply_to);
}

// The call that begin() of this reference made, if it has not been sent.
wire::EnvelopePtr unsent(const detail::CallHandle& handle, const wire::Address* address) {
  auto call = handle.envelope();
  if (call->target.get() != address)
    throw Error(ErrorKind::invalid, "a call to " + call->target->text() + " is sent through another Ref");
  if (call->was_sent()) throw Error(ErrorKind::invalid, "the call to " + call->target->text() + " was sent already");
  return call;
}

// Who repeats a call under an idempotency key gets what that call was answered with: nobody else may, so the key of
// one who is asking from outside is another one's under another name.
RequestId id_for(const Caller& caller, const RequestId& id) {
  return {stable_hash(caller.name, id.hi), stable_hash(caller.name, mix(id.lo))};
}

// A call that a thread of the host program makes, with what its scopes say.
void take_scope(wire::Envelope& call, bool repeatable) {
  const call::ThreadScope& scope = call::scope_of_thread();
  call.trace = scope.trace;
  if (!scope.caller) return;
  call.caller = scope.caller;
  call.from_outside = true;
  if (repeatable) call.id = id_for(scope.caller->caller(), call.id);
}

}  // namespace

// --- 1: the reference builds the call ---

namespace detail {

AddressHandle::AddressHandle(const AddressHandle& o) noexcept : address_(o.address_) {
  if (address_) address_->add_ref();
}

AddressHandle::~AddressHandle() {
  if (address_) address_->release();
}

}  // namespace detail

std::string_view RefBase::key() const noexcept { return address_.get() ? std::string_view(address_->key) : ""; }
std::string RefBase::text() const { return address_.get() ? address_->text() : "an empty Ref"; }
const ServiceInfo& RefBase::service() const { return named(address_.get()).service; }

void RefBase::timeout(Milliseconds timeout) {
  (void)named(address_.get());
  const std::chrono::milliseconds time = timeout;
  if (time.count() < 0) {
    throw Error(ErrorKind::invalid, "a timeout of " + std::to_string(time.count()) + " ms for calls to " + text() +
                                        "; give at least 1 ms, or 0 for the method's own");
  }
  timeout_ = time;
}

detail::CallHandle RefBase::begin_call(std::uint16_t method) const {
  (void)named(address_.get());
  if (method >= address_->service.method_count) {
    throw Error(ErrorKind::not_found, std::string(address_->service.name) + " has no method " + std::to_string(method));
  }
  auto envelope = make_counted<wire::Envelope>();
  envelope->target = wire::AddressPtr::share(address_.get());
  envelope->method = method;
  return detail::CallHandle(envelope.detach());
}

void RefBase::idempotency_key(std::string_view key, std::optional<std::chrono::system_clock::time_point> first_used) {
  (void)named(address_.get());
  if (key.empty() || key.size() > limits::kMaxIdempotencyKeyBytes) {
    throw Error(ErrorKind::invalid, "an idempotency key for " + text() + " has " + std::to_string(key.size()) +
                                        " bytes; 1 to " + std::to_string(limits::kMaxIdempotencyKeyBytes) +
                                        " are allowed");
  }
  const std::uint64_t seed = stable_hash(address_->key, address_->service_id);
  once_ = {stable_hash(key, seed ^ kOnceSeeds[0]), stable_hash(key, mix(seed ^ kOnceSeeds[1]))};
  first_used_ms_ = 0;
  if (first_used) first_used_ms_ = address_->sink.origin.time.of_first_use(*first_used);
}

// --- 2: the caller gives it an id, a deadline and a way home ---

void RefBase::start_call(const detail::CallHandle& handle) const {
  auto call = unsent(handle, address_.get());
  wire::CallOrigin& origin = address_->sink.origin;
  const TimePoint now = origin.clock.now();
  call->sent = now;
  call->deadline = later(now, timeout_of(address_->service.methods[call->method], timeout_, origin));
  call->first_sent_ms = origin.time.at(now);
  if (origin.meters) origin.meters->call_begins(*call, now);

  auto [activation, turn] = actor::current();
  if (once_.is_set()) {  // it may have been called before, by anybody
    call->id = once_.child(call->method);
    call->attempt = 2;
    if (first_used_ms_ != 0) call->first_sent_ms = first_used_ms_;
  }
  if (!turn) {
    if (!once_.is_set()) call->id = origin.new_id();
    if (!activation) take_scope(*call, once_.is_set());
    if (origin.tracer) telemetry::begin_root_call(*origin.tracer, *call);
    call->reply_to = make_counted<call::HostCall>();
    return address_->sink.deliver_watched(std::move(call));
  }
  wire::Envelope& cause = *turn->call();
  if (!once_.is_set() && !turn->may_call()) {
    throw Error(ErrorKind::invalid,
                "a call to " + address_->text() +
                    " after the turn said that it makes no more: which of its parts it belongs to is "
                    "not known; make it before the first wait");
  }
  if (!once_.is_set()) call->id = turn->next_call_id();
  call->parent = wire::EnvelopePtr::share(&cause);
  call->take_along(cause);
  if (turn->span) [[unlikely]]
    telemetry::begin_call(turn->span->tracer(), *call, turn->span->innermost());
  call->depth = static_cast<std::uint16_t>(cause.depth + 1);
  call->deadline = std::min(call->deadline, cause.deadline);
  if (cause.attempt > 1) {  // a turn that runs again makes its calls again
    call->attempt = std::max(call->attempt, cause.attempt);
    call->first_sent_ms = std::min(call->first_sent_ms, cause.first_sent_ms);
  }
  call->in_actor = true;
  call->reply_to = Ptr<Recipient>(Ptr<actor::Activation>::share(activation));
  activation->send(*turn, std::move(call));
}

void RefBase::send_durably(const detail::CallHandle& handle, const SendOptions& options) const {
  auto* activation = actor::current().activation;
  if (!activation) {
    throw Error(ErrorKind::invalid, "a durable message to " + text() +
                                        " can be sent only in a turn of a durable actor; call it instead, with an "
                                        "idempotency key if it is called again");
  }
  activation->send_durably(unsent(handle, address_.get()), options);
}

// --- 10: the pending call resolves ---

namespace detail {

CallHandle::~CallHandle() {
  if (envelope_) envelope_->release();
}

CallHandle CallHandle::share() const noexcept {
  if (envelope_) envelope_->add_ref();
  return CallHandle(envelope_);
}

wire::Envelope& CallHandle::held() const {
  if (!envelope_) {
    throw Error(ErrorKind::invalid,
                "the Call is gone: it was waited for already (get(), then(), future(), co_await and result() take it), "
                "or moved from; keep its Reply instead");
  }
  return *envelope_;
}

Ptr<wire::Envelope> CallHandle::envelope() const { return wire::EnvelopePtr::share(&held()); }

capnp::AnyPointer::Builder CallHandle::params() const {
  if (held().was_sent())
    throw Error(ErrorKind::invalid, "parameters of the call to " + held().target->text() + " after it was sent");
  return held().params.build();
}

capnp::AnyPointer::Reader CallHandle::results() const {
  wire::Envelope& ended = held();
  return (ended.answered_by ? *ended.answered_by : ended).results.read();
}

CallHandle CallHandle::made_up() { return CallHandle(make_counted<wire::Envelope>().detach()); }

capnp::AnyPointer::Builder CallHandle::made_up_results() const { return held().results.build(); }

const Error* CallHandle::error() const {
  if (held().caller_error) return envelope_->caller_error.get();
  return envelope_->error.get();
}

bool CallHandle::answered() const noexcept { return envelope_ && envelope_->answered; }

void CallHandle::await(std::coroutine_handle<> waiter) const {
  if (!held().turn || envelope_->turn != actor::current().turn || envelope_->waiter) {
    throw Error(ErrorKind::invalid,
                "the call to " + envelope_->target->text() + " can be awaited only in the turn that made it, and once");
  }
  envelope_->waiter = waiter;
}

void CallHandle::wait(std::chrono::nanoseconds timeout) const {
  wire::Envelope& made = held();
  if (waits_for_itself(made)) {
    cancel();
    throw Error(ErrorKind::invalid, "blocking() work of " + made.target->text() +
                                        " waits for its own actor, which takes no call before the turn that waits for "
                                        "that work has ended: bring back what the work found, and go on in the turn");
  }
  call::HostCall& waits = host_call(made);
  if (!waits.wait(timeout)) {
    wire::give_up_late(envelope());
    // Whoever settled it first posts the outcome in a moment.
    (void)waits.wait(std::chrono::hours(1));
  }
}

void CallHandle::cancel() const {
  if (!envelope_ || !envelope_->reply_to) return;
  const std::string whom = envelope_->target->text() + "." + envelope_->target->service.methods[envelope_->method].name;
  Error why(ErrorKind::cancelled, "the call to " + whom + " was cancelled by its caller");
  if (!envelope_->in_actor) {
    wire::give_up(envelope(), std::move(why));
    return;
  }
  auto [activation, turn] = actor::current();
  if (!turn || envelope_->reply_to.get() != activation || envelope_->turn != turn) return;
  turn->cancel(*envelope_, std::move(why));
}

void CallHandle::forget() const noexcept {
  if (envelope_ && envelope_->in_actor) envelope_->forgotten = true;
}

void CallHandle::on_end(std::function<void()> callback) const {
  wire::Envelope& made = held();
  host_call(made).on_end(std::move(callback), made.target->sink.origin.log);
}

}  // namespace detail
}  // namespace troupe
