// Durable messages, on both sides of an actor: sent with the turn's commit, taken once and in order.
//
// What a receiver has taken is one row per sender, written with the turn that took it. So a message that comes again is
// known for ever, and costs nothing but that row.
#include <capnp/serialize.h>
#include <troupe/store.capnp.h>

#include "actor/activation.h"
#include "actor/activation_parts.h"
#include "actor/courier.h"
#include "actor/flat_state.h"
#include "actor/outbox.h"
#include "base/check.h"
#include "base/limits.h"

namespace troupe::actor {
// --- the sender's side ---

void Activation::send_durably(wire::EnvelopePtr call, const SendOptions& options) {
  Turn* turn = current().turn;
  const std::string to = call->target->text();
  if (!turn || !hosted_->service.durable() || !context_.store) {
    throw Error(ErrorKind::invalid,
                "a durable message to " + to + " can be sent only in a turn of a durable actor; " + "call it instead");
  }
  if (turn->kind() == TurnKind::read_only)
    throw Error(ErrorKind::invalid, "a durable message to " + to + " in a readOnly method of " + address_->text());
  const MethodInfo& method = call->target->service.methods[call->method];
  if (method.read_only)
    throw Error(ErrorKind::invalid, to + "." + method.name + " is readOnly: as a message it would do nothing; call it");
  if (options.answer.size() > limits::kMaxTagBytes) {
    throw Error(ErrorKind::invalid, "the answer's tag of a message to " + to + " has " +
                                        std::to_string(options.answer.size()) + " bytes; at most " +
                                        std::to_string(limits::kMaxTagBytes) + " are allowed");
  }
  if (const std::size_t bytes = call->params.too_long(); bytes != 0) throw wire::too_long(*call, bytes);
  Effects& effects = turn->add_effects();
  // For moments it may be less than nothing: a message that is met in the store can be done before it is counted.
  const auto waiting = static_cast<std::int64_t>(context_.outbox_messages.load(std::memory_order_relaxed));
  if (waiting + static_cast<std::int64_t>(effects.messages.size()) >=
      static_cast<std::int64_t>(limits::kMaxOutboxMessages)) {
    Error error(ErrorKind::overloaded, "the outbox of the node is full (" + std::to_string(limits::kMaxOutboxMessages) +
                                           " messages wait for their receivers); nothing was sent to " + to);
    throw error.retry_after(kRetryAfter);
  }
  call->id = turn->next_call_id();
  call->take_along(*turn->call());
  if (turn->span) turn->span->sends(*call);
  call->sent = context_.clock.now();
  const std::uint64_t sent_ms = context_.clock.wall_ms();
  RowValue row = message_row(*call, options.answer, sent_ms).value();
  if (Tape* tape = tape_of(*turn)) tape->sent(*call);
  effects.messages.push_back({std::move(call), std::string(options.answer), sent_ms, std::move(row)});
}

// Gives each message of the turn its number and its row.
std::vector<Sent> Activation::number_messages(Effects& effects, RowMap& rows) const {
  std::vector<Sent> sent;
  sent.reserve(effects.messages.size());
  for (SentMessage& message : effects.messages) {
    const std::uint64_t sequence = active_->durable.meta().last_sent + sent.size() + 1;
    std::string key = outbox_key(owner(), *message.call->target, sequence);
    rows.insert_or_assign(key, std::move(message.row));
    sent.push_back({wire::AddressPtr::share(address_), std::move(key), sequence, std::move(message.answer),
                    message.sent_ms, std::move(message.call)});
  }
  return sent;
}

// --- the receiver's side ---

// A message that took effect before is acknowledged again; one that comes before its predecessor has to come again.
bool Activation::taken_before(wire::EnvelopePtr& call) {
  const wire::DurableMessage* message = wire::message_of(*call);
  if (!message) return false;
  if (!context_.store || !hosted_->service.durable()) return false;  // keeps nothing: at least once is all it can have
  const std::string key = channel_key(owner(), message->channel);
  auto known = active_->durable.last_taken(message->channel);
  RowValue row;
  if (!known || (message->sequence == *known && message->keep_reply)) {
    row = rows().read(key);
    known = row ? RowReader::open(row, key).value().get<rows::Channel>().getSequence() : 0;
    active_->durable.took(message->channel, *known);
  }
  const std::uint64_t last = *known;
  if (message->sequence <= last) {
    if (message->keep_reply && message->sequence == last) {
      const auto kept = RowReader::open(row, key).value();
      if (kept.get<rows::Channel>().hasReply()) call->results.copy(kept.get<rows::Channel>().getReply());
    }
    let_out(std::move(call));
    return true;
  }
  if (message->sequence - last > limits::kMaxSequenceJump) {
    Error error(ErrorKind::invalid, "message " + std::to_string(message->sequence) + " of " + message->sender + " to " +
                                        address_->text() + " jumps: " + std::to_string(last) +
                                        " was the last one that was taken");
    wire::answer(std::move(call), std::move(error));
    return true;
  }
  if (message->after > last) {
    Error error(ErrorKind::unavailable, "out_of_order",
                "message " + std::to_string(message->sequence) + " of " + message->sender + " to " + address_->text() +
                    " came before the one it follows");
    wire::answer(std::move(call), std::move(error));
    return true;
  }
  return false;
}

// Part of the commit of the turn that takes a message.
void Activation::mark_taken(Turn& turn, const wire::DurableMessage& taken, RowMap& rows) {
  wire::Message message;
  auto row = message.initRoot<rows::Channel>();
  row.setSender({taken.sender.c_str(), taken.sender.size()});
  row.setSequence(taken.sequence);
  row.setAtMs(context_.clock.wall_ms());
  if (taken.keep_reply && !turn.call()->results.empty()) row.getReply().set(turn.call()->results.read());
  rows.insert_or_assign(channel_key(owner(), taken.channel),
                        row_of(message.getRoot<capnp::AnyPointer>().asReader()).value());
}

// --- what the runtime gives an actor to do ---

namespace {

Task<> erase(Turn& turn) {
  turn.add_effects().erase_everything = true;
  co_return;
}

}  // namespace

Task<> Activation::run_delivery(Turn& turn) {
  struct Work {
    Activation& actor;
    Turn& turn;
    Task<> operator()(const wire::MessageAnswer& answer) const { return actor.take_answer(turn, answer); }
    Task<> operator()(const wire::DueReminder& reminder) const { return actor.fire_reminder(turn, reminder); }
    Task<> operator()(const wire::EndOfDeadLetter& end) const { return actor.end_dead_letter(turn, end); }
    Task<> operator()(const wire::EraseAll&) const { return erase(turn); }
    Task<> operator()(const wire::DurableMessage&) const { throw none(); }  // has a method, and is a turn like a call's
    Task<> operator()(const wire::MonitorRequest&) const { throw none(); }
    [[nodiscard]] Error none() const {
      return Error(ErrorKind::invalid, "what " + actor.address_->text() + " was sent is no work for a turn");
    }
  };
  return std::visit(Work{*this, turn}, *turn.call()->delivery);
}

// The message goes with the commit of what its answer leads to.
Task<> Activation::take_answer(Turn& turn, const wire::MessageAnswer& came) {
  if (!rows().read(came.row)) co_return;  // taken before
  turn.add_effects().rows.insert_or_assign(came.row, nullptr);
  const Answer answer{came.tag, came.to, came.error.get(),
                      came.error ? capnp::AnyPointer::Reader() : came.outcome->results.read()};
  co_await active_->actor->on_answer(answer);
}

// A dead letter is sent as a new message: its old number may be behind its receiver's.
Task<> Activation::end_dead_letter(Turn& turn, const wire::EndOfDeadLetter& end) {
  auto value = rows().read(end.row);
  if (!value) throw Error(ErrorKind::not_found, address_->text() + " has no such dead letter");
  Effects& effects = turn.add_effects();
  effects.rows.insert_or_assign(end.row, nullptr);
  if (!end.send_again) co_return;
  const auto letter = RowReader::open(std::move(value), end.row).value();
  auto message = letter.get<rows::DeadLetter>().getMessage();
  auto call = revive(context_.registry, message).value();
  const auto tag = message.getAnswer();
  const std::string answer(tag.begin(), tag.end());
  const std::uint64_t sent_ms = message.getSentMs();
  RowValue row = message_row(*call, answer, sent_ms).value();
  effects.messages.push_back({std::move(call), answer, sent_ms, std::move(row)});
}

// --- looking back ---

void Activation::keep_past(Turn& turn, RowMap& rows) {
  const std::uint64_t keep = hosted_->service.history;
  if (keep == 0 || !turn.draft()) return;
  const auto key_of = [&](std::uint64_t edit) {
    std::string key = store::row_key(store::KeyKind::history, owner());
    store::append_u64(key, edit);
    return key;
  };
  wire::Message message;
  auto past = message.initRoot<rows::Past>();
  past.setAtMs(context_.clock.wall_ms());
  const auto method = turn.call()->method;
  if (method < hosted_->service.method_count) past.setMethod(hosted_->service.methods[method].name);
  past.setIdHi(turn.call()->id.hi);
  past.setIdLo(turn.call()->id.lo);
  past.setStateVersion(hosted_->service.state_version);
  past.setStateType(hosted_->service.state_type);
  past.getState().set(turn.draft()->getRoot<capnp::AnyPointer>().asReader());
  const std::uint64_t edit = active_->durable.meta().edits + 1;
  rows.insert_or_assign(key_of(edit), row_of(message.getRoot<capnp::AnyPointer>().asReader()).value());
  if (edit > keep) rows.insert_or_assign(key_of(edit - keep), nullptr);
}

}  // namespace troupe::actor
