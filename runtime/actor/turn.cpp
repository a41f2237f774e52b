#include "actor/turn.h"

#include <capnp/message.h>
#include <capnp/serialize.h>

#include <optional>

#include "actor/activation.h"
#include "actor/activation_parts.h"
#include "actor/courier.h"
#include "actor/flat_state.h"
#include "actor/outbox.h"
#include "actor/reminder_clock.h"
#include "actor/reminder_rows.h"
#include "actor/turn_commit.h"
#include "base/limits.h"
#include "reflect/later_fields.h"
#include "store/format/actor_record.h"
#include "store/format/keys.h"

namespace troupe::actor {

// All that a turn changes, and its reply.
struct WriteSet {
  std::optional<std::vector<capnp::word>> state;  // if the turn edited it
  std::vector<capnp::word> reply;
  RowMap rows;
  std::vector<Sent> messages;        // their rows are among the rows
  bool remembered = false;           // the reply is
  bool erased = false;               // everything is
  std::unique_ptr<Erasure> erasure;  // more is to be erased after it
};

namespace {

store::ReplyRetention retention_of(const ServiceInfo& service) {
  store::ReplyRetention retention{.count = limits::kRememberedReplies, .bytes = limits::kRememberedReplyBytes};
  if (service.remember) retention.count = service.remember;
  if (service.remember_seconds) retention.age = std::chrono::seconds(service.remember_seconds);
  return retention;
}

// Older replies than those in the record.
bool keeps_pages(const ServiceInfo& service) noexcept {
  return service.remember == 0 || service.remember > limits::kRepliesInRecord;
}

// What an error says has one limit, whether it goes over a link, into a dead letter or to the next actor.
Error shortened(const Error& why) {
  if (why.message().size() <= limits::kMaxErrorText && why.code().size() <= limits::kMaxErrorText) return why;
  Error shorter(why.kind(), why.code().substr(0, limits::kMaxErrorText),
                why.message().substr(0, limits::kMaxErrorText));
  return shorter.may_have_run(why.may_have_run()).retry_after(why.retry_after());
}

}  // namespace

Turn::Turn(Activation* activation, wire::EnvelopePtr call, TurnKind kind, std::uint64_t serial, TimePoint now)
    : activation_(activation), call_(std::move(call)), id_(call_->id), kind_(kind), serial_(serial), since_(now) {}

Turn::~Turn() {
  CurrentTurnScope scope(activation_, nullptr);
  while (pending_) remove_pending(*pending_);
  handler_ = {};
}

std::string Turn::what_runs() const {
  const ServiceInfo& service = activation_->hosted().service;
  if (call_->method < service.method_count) return service.methods[call_->method].name;
  if (!call_->delivery) return "(timer)";
  struct InWords {
    std::string operator()(const wire::MessageAnswer&) const { return "(answer)"; }
    std::string operator()(const wire::DueReminder&) const { return "(reminder)"; }
    std::string operator()(const wire::EndOfDeadLetter&) const { return "(dead letter)"; }
    std::string operator()(const wire::EraseAll&) const { return "(erase)"; }
    std::string operator()(const wire::DurableMessage&) const { return "(message)"; }
    std::string operator()(const wire::MonitorRequest&) const { return "(message)"; }
  };
  return std::visit(InWords{}, *call_->delivery);
}

telemetry::Cause Turn::cause() const noexcept {
  if (!call_->delivery) return call_->method == wire::kNoMethod ? telemetry::Cause::own : telemetry::Cause::call;
  if (std::holds_alternative<wire::DurableMessage>(*call_->delivery)) return telemetry::Cause::message;
  if (std::holds_alternative<wire::MessageAnswer>(*call_->delivery)) return telemetry::Cause::answer;
  if (std::holds_alternative<wire::DueReminder>(*call_->delivery)) return telemetry::Cause::reminder;
  return telemetry::Cause::own;
}

void Turn::abandon() noexcept {
  give_up_calls();
  CurrentTurnScope scope(activation_, nullptr);
  while (pending_) remove_pending(*pending_);
  handler_ = {};
}

void Turn::give_up_calls() noexcept {
  for (wire::Envelope* at = pending_; at;) {
    const auto call = wire::EnvelopePtr::share(at);
    at = call->pending_next;
    if (call->forgotten) continue;
    remove_pending(*call);
    if (!call->settle()) continue;
    static const Error ended(ErrorKind::cancelled, "the turn that made the call ended");
    call->ends.tell(*call, &ended);
    if (auto* meters = activation_->context().meters)
      meters->call_given_up(*call, activation_->address().metered, ended.kind());
    call->target->sink.cancel(call);
  }
}

void Turn::cancel(wire::Envelope& call, Error why) {
  if (!call.settle()) return;
  const auto held = wire::EnvelopePtr::share(&call);
  why.may_have_run(wire::may_have_begun(call));
  call.caller_error = std::make_unique<Error>(std::move(why));
  call.ends.tell(call, call.caller_error.get());
  call.answered = true;
  if (auto* meters = activation_->context().meters) meters->call_ends(call, activation_->address().metered);
  remove_pending(call);
  call.target->sink.cancel(held);
}

void Turn::start(Task<> handler) {
  CurrentTurnScope scope(activation_, this);
  handler_ = std::move(handler);
  handler_.start();
}

void Turn::resume(std::coroutine_handle<> waiter) {
  CurrentTurnScope scope(activation_, this);
  detail::ResumeLoop::run(waiter);
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
  if (call->delivery) return taken_before(call);
  if (!context_.store || !hosted_->service.durable()) return false;
  if (auto reply = active_->durable.replies().find(call->id)) {
    if (!reply->payload.empty()) {
      const auto* words = reinterpret_cast<const capnp::word*>(reply->payload.data());
      call->results.copy(capnp::readMessageUnchecked<capnp::AnyPointer>(words));
    }
    let_out(std::move(call));
    return true;
  }
  if (call->attempt == 1) return false;
  if (active_->durable.find_older_reply(call->id, owner(), rows(), call->results)) {
    let_out(std::move(call));
    return true;
  }
  const std::uint64_t first_sent = context_.times.of_node(address_->partition, call->first_sent_ms);
  if (first_sent <= active_->durable.replies().forgotten_until_ms()) {
    Error error(ErrorKind::unknown_outcome,
                "a retry reached " + address_->text() + " after the reply it asks for may have been forgotten");
    wire::answer(std::move(call), std::move(error));
    return true;
  }
  return false;
}

// Everything a turn did becomes one write set, one transaction; then its answer and its messages may leave.
void Activation::commit(Turn& turn) {
  if (const std::size_t bytes = turn.call()->results.too_long(); bytes != 0) {
    return roll_back(turn,
                     Error(ErrorKind::invalid, "the results of " + address_->text() + "." + turn.what_runs() + " are " +
                                                   std::to_string(bytes) + " bytes long; " +
                                                   std::to_string(limits::kMaxMessageBytes) + " are allowed"),
                     TurnOutcome::failed);
  }
  if (!turn.draft() && !turn.effects() && !taken_by(turn)) {
    note_end(turn, TurnOutcome::answered, nullptr);
    if (turn.tape) end_tape(turn, TurnOutcome::answered, nullptr);
    return let_out(turn.take_call());
  }
  WriteSet set;
  if (auto prepared = prepare(turn, set); !prepared.ok()) return roll_back(turn, prepared.error(), TurnOutcome::failed);
  auto& queue = context_.store->commits();
  if (queue.full()) {
    context_.origin.queued.refused(Bound::commits);
    Error error(ErrorKind::overloaded, "the commit queue is full; " + address_->text() + " changed nothing");
    return roll_back(turn, error.retry_after(kRetryAfter), TurnOutcome::failed);
  }

  note_end(turn, TurnOutcome::answered, nullptr);
  if (turn.tape) end_tape(turn, TurnOutcome::answered, nullptr, set.state ? &*set.state : nullptr, &set.rows);
  try {
    submit(turn, set);
  } catch (...) {  // for want of memory, and what is in memory may be ahead of the disk: no turn may build on that
    gate_.fail();
    throw;
  }
}

// Nothing about the turn itself can fail any more.
void Activation::submit(Turn& turn, WriteSet& set) {
  if (set.state) replace_state(std::move(*set.state));
  DurableState& durable = active_->durable;
  const std::uint64_t now = context_.times.now(address_->partition);
  if (set.erased) durable.forget_replies(now);
  if (const auto* message = taken_by(turn)) durable.took(message->channel, message->sequence);
  durable.sent(set.messages.size());
  if (set.remembered) {
    const ServiceInfo& service = hosted_->service;
    durable.remember(
        {turn.call()->id, std::as_bytes(std::span(set.reply)), now, retention_of(service), keeps_pages(service)},
        owner(), set.rows);
  }

  const std::uint64_t number = gate_.next();
  const telemetry::Meters::Committed measured{address_->metered, turn.call()->method, turn.call()->weight,
                                              turn.ended_at};
  auto* commit = new TurnCommit(*this, turn.take_call(), number, turn.has_effect());
  commit->measured = measured;
  commit->partition = address_->partition;
  if (turn.span) commit->span = std::make_unique<telemetry::CommitSpan>(*turn.span);
  commit->writes.reserve(set.rows.size() + 1);
  if (set.state || set.remembered || !set.messages.empty()) {
    commit->writes.push_back({store::actor_key(address_->partition, address_->service_id, address_->key),
                              store::value_of(durable.record(hosted_->service.state_type))});
  }
  for (const auto& [key, value] : set.rows) {
    // In the order of their keys: the first is the earliest.
    if (value && !commit->earliest_reminder && is_due_key(key)) commit->earliest_reminder = due_of(key);
    commit->writes.push_back({key, value});
  }
  if (!set.rows.empty()) durable.add_unsettled(number, std::move(set.rows), gate_.last_ended());
  context_.outbox_messages.fetch_add(set.messages.size(), std::memory_order_relaxed);
  commit->messages = std::move(set.messages);
  commit->erased = set.erased && !set.erasure;
  commit->erases_more = set.erasure != nullptr;
  context_.store->commits().submit(commit);
  if (set.erased) start_anew();
  if (set.erasure) {
    optional_parts().erasure = std::move(set.erasure);
    phase_.begin_erasing();
  }
}

const wire::DurableMessage* Activation::taken_by(const Turn& turn) const noexcept {
  return hosted_->service.durable() && context_.store ? wire::message_of(*turn.call()) : nullptr;
}

namespace {

// Row by row, and all of them together.
Result<void> check_sizes(const wire::Address& actor, const WriteSet& set, std::size_t state) {
  std::size_t size = state + set.reply.size() * sizeof(capnp::word);
  if (size > limits::kMaxMessageBytes) {
    return Error(ErrorKind::invalid, "the state of " + actor.text() + " would grow to " + std::to_string(size) +
                                         " bytes; at most " + std::to_string(limits::kMaxMessageBytes) +
                                         " fit, keep collections in tables");
  }
  for (const auto& [key, value] : set.rows) {
    const std::size_t bytes = value ? value->size() : 0;
    if (auto row = store::check_row(actor.partition, key, bytes); !row.ok()) {
      return Error(ErrorKind::invalid, "a turn of " + actor.text() + " changed nothing: " + row.error().message());
    }
    size += key.size() + bytes;
  }
  if (size > limits::kMaxTurnBytes) {
    return Error(ErrorKind::invalid, "a turn of " + actor.text() + " would write " + std::to_string(size) +
                                         " bytes at once; at most " + std::to_string(limits::kMaxTurnBytes) +
                                         " fit, do it in several turns");
  }
  return {};
}

}  // namespace

// As the turn left it, with what a later program wrote and this one has no room for.
Result<std::vector<capnp::word>> Activation::new_state(capnp::AnyPointer::Reader edited) const {
  if (!context_.keeps_later_fields) return flatten(edited);
  capnp::MallocMessageBuilder completed;
  auto kept = reflect::keep_later_fields(active_->durable.root(), edited, hosted_->service.state_schema(),
                                         completed.getRoot<capnp::AnyPointer>());
  if (!kept.ok()) return kept.error();
  return flatten(*kept ? completed.getRoot<capnp::AnyPointer>().asReader() : edited);
}

// What can go wrong with a write set goes wrong here, before anything is changed.
Result<void> Activation::prepare(Turn& turn, WriteSet& set) try {
  auto unfit = [&](const std::string& what, const Error& why) {
    return Error(ErrorKind::invalid, what + " of " + address_->text() + " cannot be kept: " + why.message());
  };
  auto reply = flatten(turn.call()->results.read());
  if (!reply.ok()) return unfit("the reply", reply.error());
  set.reply = std::move(*reply);
  set.erased = turn.effects() && turn.effects()->erase_everything;
  set.remembered = !set.erased && !turn.call()->delivery && turn.call()->method != wire::kNoMethod;
  if (turn.effects()) {
    set.rows = std::move(turn.effects()->rows);
    for (auto& count : turn.effects()->counts) set.rows.insert_or_assign(std::move(count.key), count_row(count));
  }
  if (set.erased) {
    set.erasure = begin_erasure(turn, set.rows);
    set.state.emplace();
  } else if (turn.draft()) {
    auto state = new_state(turn.draft()->getRoot<capnp::AnyPointer>().asReader());
    if (!state.ok()) return Error(state.error().kind(), unfit("the state", state.error()).message());
    set.state = std::move(*state);
    keep_past(turn, set.rows);
  }
  if (const auto* message = taken_by(turn)) mark_taken(turn, *message, set.rows);
  if (turn.effects() && !set.erased) set.messages = number_messages(*turn.effects(), set.rows);
  if (set.remembered) active_->durable.expect_reply(owner(), rows());
  const std::size_t old_state = active_->durable.words().size();
  return check_sizes(*address_, set, (set.state ? set.state->size() : old_state) * sizeof(capnp::word));
} catch (const Error& e) {
  return e;
}

// The committed state; readers of the old one keep it.
void Activation::replace_state(std::vector<capnp::word> state) {
  std::shared_ptr<std::vector<capnp::word>> old;
  if (turns_.first_waiting()) old = std::make_shared<std::vector<capnp::word>>();  // before it is taken from them
  auto replaced = active_->durable.replace(std::move(state), hosted_->service.state_version);
  if (!old) return;
  *old = std::move(replaced);
  for (Turn* other = turns_.first_waiting(); other; other = other->next) other->keep(old);
}

// An answer without a write set waits for the commits it was decided on.
void Activation::let_out(wire::EnvelopePtr call) {
  if (gate_.open()) return wire::answer(std::move(call));
  context_.store->commits().submit(new Gated(*this, std::move(call)));
}

// What the turn changed goes with its draft; only the error leaves.
void Activation::roll_back(Turn& turn, const Error& why, TurnOutcome outcome) {
  note_end(turn, outcome, &why);
  if (context_.tapes && (turn.tape || outcome == TurnOutcome::crashed)) end_tape(turn, outcome, &why);
  if (optional_) optional_->ending.forget(turn.serial());
  auto call = turn.take_call();
  call->results.clear();
  call->error = std::make_unique<Error>(shortened(why));
  if (turn.has_effect()) call->error->may_have_run(true);
  let_out(std::move(call));
}

// A nested call waits the same way: what earlier turns did must be true before others act on it.
void Activation::send(Turn& turn, wire::EnvelopePtr call) {
  if (!call->target->service.methods[call->method].read_only) turn.had_effect();
  turn.add_pending(*call);
  if (Tape* tape = tape_of(turn)) tape->called(*call);
  if (context_.player && context_.player->takes(*address_, call)) return;
  arm_deadline(std::min(call->deadline, slow_at(turn)));
  if (gate_.open()) {
    auto& sink = call->target->sink;
    return sink.deliver(std::move(call));
  }
  context_.store->commits().submit(new Gated(*this, std::move(call), gate_.next()));
}

}  // namespace troupe::actor
