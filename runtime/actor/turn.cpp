#include "actor/turn.h"

#include <capnp/serialize.h>

#include "actor/activation.h"
#include "actor/flat_state.h"
#include "actor/life.h"
#include "base/limits.h"
#include "store/actor_record.h"
#include "store/keys.h"

namespace troupe::actor {
namespace {

std::span<const std::byte> bytes_of(const std::vector<capnp::word>& words) { return std::as_bytes(std::span(words)); }

// One turn's write set. Its answer leaves when the write set is on disk, and not before.
class TurnCommit final : public store::Commit {
 public:
  TurnCommit(Activation& activation, wire::EnvelopePtr call, std::uint64_t number)
      : activation_(Ptr<Activation>::share(&activation)), call_(std::move(call)), number_(number) {}

  void durable() noexcept override {
    activation_->committed(number_);
    wire::answer(std::move(call_));
    delete this;
  }
  void failed(const Error& error) noexcept override {
    activation_->commit_failed();
    wire::answer(std::move(call_), error);
    delete this;
  }

 private:
  Ptr<Activation> activation_;
  wire::EnvelopePtr call_;
  std::uint64_t number_;
};

// The output gate for what changes nothing itself, but was decided on a state that is not yet on disk.
class Gate final : public store::Commit {
 public:
  // For an answer.
  explicit Gate(wire::EnvelopePtr answer) : call_(std::move(answer)) {}
  // For a call of `caller`. It counts among the caller's commits: later calls do not overtake it.
  Gate(Activation& caller, wire::EnvelopePtr call, std::uint64_t number)
      : caller_(Ptr<Activation>::share(&caller)), number_(number), call_(std::move(call)) {}

  void durable() noexcept override {
    if (!caller_) {
      wire::answer(std::move(call_));
    } else {
      auto& sink = call_->target->sink;
      sink.deliver(std::move(call_));
      caller_->committed(number_);
    }
    delete this;
  }
  void failed(const Error& error) noexcept override {
    if (caller_) caller_->commit_failed();
    wire::answer(std::move(call_), error);
    delete this;
  }

 private:
  Ptr<Activation> caller_;
  std::uint64_t number_ = 0;
  wire::EnvelopePtr call_;
};

}  // namespace

Turn::Turn(Activation& activation, wire::EnvelopePtr call, TurnKind kind, std::uint64_t serial)
    : activation_(activation),
      call_(std::move(call)),
      id_(call_->id),
      kind_(kind),
      serial_(serial),
      since_(activation.context().clock.now()) {}

Turn::~Turn() { abandon(); }

void Turn::abandon() noexcept {
  Running scope(&activation_, nullptr);
  while (pending_) remove_pending(*pending_);
  handler_ = {};
}

void Turn::start(Task<> handler) {
  Running scope(&activation_, this);
  handler_ = std::move(handler);
  handler_.start();
}

void Turn::resume(std::coroutine_handle<> waiter) {
  Running scope(&activation_, this);
  waiter.resume();
}

wire::Message& Turn::start_draft() {
  draft_ = std::make_unique<wire::Message>();
  return *draft_;
}

void Turn::add_pending(wire::Envelope& call) noexcept {
  call.turn = this;
  call.pending_prev = nullptr;
  call.pending_next = pending_;
  if (pending_) pending_->pending_prev = &call;
  pending_ = &call;
  call.add_ref();
}

void Turn::remove_pending(wire::Envelope& call) noexcept {
  (call.pending_prev ? call.pending_prev->pending_next : pending_) = call.pending_next;
  if (call.pending_next) call.pending_next->pending_prev = call.pending_prev;
  call.pending_prev = call.pending_next = nullptr;
  call.turn = nullptr;
  call.waiter = {};
  call.release();
}

// --- what a turn does to the world: everything at once, or nothing ---

// A call that ran before gets the answer it got then.
bool Activation::answered_before(wire::EnvelopePtr& call) {
  if (!context_.store || !hosted_->service.durable()) return false;
  if (auto reply = life_->replies.find(call->id)) {
    if (!reply->payload.empty()) {
      const auto* words = reinterpret_cast<const capnp::word*>(reply->payload.data());
      call->results.build().set(capnp::readMessageUnchecked<capnp::AnyPointer>(words));
    }
    let_out(std::move(call));
    return true;
  }
  if (call->attempt > 1 && call->first_sent_ms <= life_->replies.forgotten_until_ms()) {
    Error error(ErrorKind::unknown_outcome,
                "a retry reached " + address_->text() + " after the reply it asks for may have been forgotten");
    wire::answer(std::move(call), std::move(error));
    return true;
  }
  return false;
}

// State and remembered reply become one record, one transaction; then the answer may leave.
void Activation::commit(Turn& turn) {
  if (!turn.draft()) return let_out(turn.take_call());
  auto state = flatten(turn.draft()->getRoot<capnp::AnyPointer>().asReader());
  auto reply = flatten(turn.call()->results.read());
  if (!state.ok() || !reply.ok()) {
    const Error& why = state.ok() ? reply.error() : state.error();
    return roll_back(turn, Error(ErrorKind::invalid, std::string("the ") + (state.ok() ? "reply" : "state") + " of " +
                                                         address_->text() + " cannot be kept: " + why.message()));
  }
  const std::size_t size = (state->size() + reply->size()) * sizeof(capnp::word);
  if (size > limits::kMaxMessageBytes) {
    return roll_back(
        turn, Error(ErrorKind::invalid, "the state of " + address_->text() + " would grow to " + std::to_string(size) +
                                            " bytes; at most " + std::to_string(limits::kMaxMessageBytes) +
                                            " fit, keep collections in tables"));
  }
  auto& queue = context_.store->commits();
  if (queue.full()) {
    return roll_back(
        turn, Error(ErrorKind::overloaded, "the commit queue is full; " + address_->text() + " changed nothing"));
  }

  store::ReplyRetention retention;
  if (hosted_->service.remember) retention.count = hosted_->service.remember;
  if (waiting_turns_) {
    const auto old = std::make_shared<const std::vector<capnp::word>>(std::move(life_->state));
    for (Turn* other = waiting_turns_; other; other = other->next) other->keep(old);
  }
  life_->state = std::move(*state);
  if (turn.call()->method != wire::kNoMethod) {
    life_->replies.remember(turn.call()->id, store::ReplyOutcome::results, bytes_of(*reply), context_.clock.wall_ms(),
                            retention);
  }
  auto* commit = new TurnCommit(*this, turn.take_call(), ++submitted_);
  commit->partition = address_->partition;
  commit->writes.push_back({store::actor_key(address_->partition, address_->service_id, address_->key),
                            store::encode(bytes_of(life_->state), hosted_->service.state_type, life_->replies)});
  queue.submit(commit);
}

// An answer without a write set waits for the commits it was decided on.
void Activation::let_out(wire::EnvelopePtr call) {
  if (durable_.load(std::memory_order_acquire) == submitted_) return wire::answer(std::move(call));
  context_.store->commits().submit(new Gate(std::move(call)));
}

// What the turn changed goes with its draft; only the error leaves.
void Activation::roll_back(Turn& turn, const Error& why) {
  auto call = turn.take_call();
  call->results.clear();
  call->error = std::make_unique<Error>(why);
  if (turn.has_effect()) call->error->may_have_run(true);
  let_out(std::move(call));
}

// A nested call waits the same way: what earlier turns did must be true before others act on it.
void Activation::send(Turn& turn, wire::EnvelopePtr call) {
  if (!call->target->service.methods[call->method].read_only) turn.had_effect();
  turn.add_pending(*call);
  arm_deadline(call->deadline);
  if (durable_.load(std::memory_order_acquire) == submitted_) {
    auto& sink = call->target->sink;
    return sink.deliver(std::move(call));
  }
  context_.store->commits().submit(new Gate(*this, std::move(call), ++submitted_));
}

}  // namespace troupe::actor
