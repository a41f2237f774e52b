#include "actor/tape.h"

#include <troupe/recording.capnp.h>

#include <set>

#include "actor/activation.h"
#include "actor/activation_parts.h"
#include "base/shared_caller.h"

namespace troupe::actor {

bool Tape::room(std::size_t bytes) noexcept {
  bytes_ += bytes;
  whole_ = whole_ && told_.size() < limits::kMaxTapeEvents && bytes_ <= limits::kMaxTapeBytes;
  return whole_;
}

void Tape::add_call(Kind kind, const wire::Envelope& call, std::int64_t number) {
  if (!room(call.params.heap_bytes() + sizeof(wire::Envelope))) return;
  told_.push_back(
      {.kind = kind, .value = number, .call = wire::EnvelopePtr::share(const_cast<wire::Envelope*>(&call))});
}

void Tape::answered(const wire::Envelope& call) {
  for (const Told& one : told_) {
    if (one.kind != Kind::call || one.call.get() != &call) continue;
    const std::int64_t number = one.value;
    if (room(call.results.heap_bytes()))
      told_.push_back({.kind = Kind::answer,
                       .value = number,
                       .call = wire::EnvelopePtr::share(const_cast<wire::Envelope*>(&call))});
    return;
  }
}

void Tape::saw(const std::string& key, const RowValue& row) {
  if (room(key.size() + (row ? row->size() : 0))) told_.push_back({.kind = Kind::row, .key = key, .row = row});
}

// --- written down ---

namespace {

kj::ArrayPtr<const kj::byte> bytes_of(const std::string& text) {
  return {reinterpret_cast<const kj::byte*>(text.data()), text.size()};
}

void put_failure(recorded::Failure::Builder out, const Error& error) {
  out.setKind(static_cast<std::uint8_t>(error.kind()));
  out.setCode(error.code());
  out.setMessage(error.message());
  out.setMayHaveRun(error.may_have_run());
}

void put_row(recorded::Row::Builder out, const std::string& key, const RowValue& row) {
  out.setKey(bytes_of(key));
  out.setThere(row != nullptr);
  if (row) out.setValue({reinterpret_cast<const kj::byte*>(row->data()), row->size()});
}

void put_call(recorded::Call::Builder out, wire::Envelope& call, bool durable) {
  const ServiceInfo& service = call.target->service;
  out.setService(service.name);
  out.setServiceId(call.target->service_id);
  out.setKey(call.target->key);
  out.setMethod(call.method);
  if (call.method < service.method_count) out.setName(service.methods[call.method].name);
  out.getParams().set(call.params.read());
  out.setDurable(durable);
}

void put_answer(recorded::Answer::Builder out, std::int64_t number, wire::Envelope& call) {
  out.setCall(static_cast<std::uint32_t>(number - 1));
  const Error* error = call.caller_error ? call.caller_error.get() : call.error.get();
  if (error) return put_failure(out.initError(), *error);
  out.getResults().set((call.answered_by ? *call.answered_by : call).results.read());
}

void put_told(recorded::Told::Builder out, const Tape::Told& told) {
  switch (told.kind) {
    case Tape::Kind::call: return put_call(out.initCall(), *told.call, false);
    case Tape::Kind::message: return put_call(out.initCall(), *told.call, true);
    case Tape::Kind::answer: return put_answer(out.initAnswer(), told.value, *told.call);
    case Tape::Kind::row: return put_row(out.initRow(), told.key, told.row);
    case Tape::Kind::clock: break;
  }
  auto clock = out.initClock();
  clock.setWhat(static_cast<std::uint8_t>(told.what));
  clock.setValue(told.value);
}

const char* kind_of_turn(const wire::Envelope& call) {
  if (wire::message_of(call)) return "message";
  if (call.method != wire::kNoMethod) return "call";
  if (!call.delivery) return "timer";
  return std::holds_alternative<wire::DueReminder>(*call.delivery) ? "reminder" : "other";
}

bool is_table_row(const std::string& key) {
  return key.size() > 2 && key[2] == static_cast<char>(store::KeyKind::table);
}

void put_writes(recorded::Turn::Builder out, const RowMap& rows) {
  unsigned tables = 0;
  for (const auto& [key, row] : rows) tables += is_table_row(key) ? 1 : 0;
  auto list = out.initWrites(tables);
  unsigned at = 0;
  for (const auto& [key, row] : rows)
    if (is_table_row(key)) put_row(list[at++], key, row);
}

}  // namespace

Tape* Activation::tape_of(Turn& turn) const {
  if (!context_.tapes) return nullptr;
  if (turn.tape) return turn.tape.get();
  if (!context_.tapes->crashes || !hosted_->service.durable()) return nullptr;
  turn.tape = std::make_unique<Tape>();
  return turn.tape.get();
}

void Activation::begin_tape(Turn& turn) {
  if (!context_.tapes->records(*address_)) return;
  turn.tape = std::make_unique<Tape>();
  turn.tape->recorded = true;
  turn.tape->before = active_->durable.words();
  turn.tape->beside = turns_.first_waiting() != nullptr;
}

std::int64_t Activation::told_time(ClockRead what, std::int64_t value) const noexcept {
  Turn* turn = current().activation == this ? current().turn : nullptr;
  if (!turn) return value;
  if (context_.player) value = context_.player->clock(*address_, what, value);
  try {
    if (Tape* tape = tape_of(*turn)) tape->read(what, value);
  } catch (const std::bad_alloc&) {  // the handler goes on, and its tape is not whole
    if (turn->tape) turn->tape->cut();
  }
  return value;
}

// Before the call leaves the turn, and what it wrote its write set. A turn that was cut short is none that anybody
// would run again.
void Activation::end_tape(Turn& turn, TurnOutcome outcome, const Error* why, const std::vector<capnp::word>* state,
                          const RowMap* rows) noexcept {
  const bool crashed = outcome == TurnOutcome::crashed && context_.tapes->crashes && hosted_->service.durable();
  const std::unique_ptr<Tape> tape = std::move(turn.tape);
  if ((!crashed && !(tape && tape->recorded)) || outcome == TurnOutcome::ended) return;
  try {
    wire::Envelope& call = *turn.call();
    auto message = std::make_unique<capnp::MallocMessageBuilder>();
    auto out = message->initRoot<recorded::Turn>();
    out.setKind(kind_of_turn(call));
    out.setMethod(turn.what_runs());
    out.setOrdinal(call.method);
    if (const auto* due = std::get_if<wire::DueReminder>(call.delivery.get())) out.setName(due->name);
    out.setIdHi(call.id.hi);
    out.setIdLo(call.id.lo);
    const auto ago = context_.clock.now() - turn.since();
    out.setBeganMs(context_.clock.wall_ms() -
                   static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(ago).count()));
    if (call.caller) {
      auto caller = out.initCaller();
      caller.setName(call.caller->caller().name);
      caller.setRoles(call.caller->caller().roles);
      caller.setScopes(call.caller->caller().scopes);
    }
    const auto& before = tape && tape->recorded ? tape->before : active_->durable.words();
    if (!before.empty()) out.getBefore().set(capnp::readMessageUnchecked<capnp::AnyPointer>(before.data()));
    if (call.method != wire::kNoMethod) out.getInput().set(call.params.read());
    if (tape) {
      auto told = out.initTold(static_cast<unsigned>(tape->told().size()));
      for (unsigned i = 0; i < told.size(); ++i) put_told(told[i], tape->told()[i]);
      if (turns_.first_waiting() || tape->beside) out.setMissing("another turn of the actor ran beside it");
      if (!tape->whole())
        out.setMissing("it was told more than is kept of one turn: " + std::to_string(limits::kMaxTapeEvents) +
                       " answers, rows and times of " + std::to_string(limits::kMaxTapeBytes) + " bytes together");
    }
    out.setOutcome(std::string(to_string(outcome)));
    if (why) put_failure(out.initError(), *why);
    if (!why) out.getResults().set(call.results.read());
    out.setEdited(state != nullptr);
    if (state && !state->empty()) out.getAfter().set(capnp::readMessageUnchecked<capnp::AnyPointer>(state->data()));
    if (rows) put_writes(out, *rows);
    std::set<const ServiceInfo*> called;
    if (tape)
      for (const Tape::Told& one : tape->told())
        if (one.call) called.insert(&one.call->target->service);
    context_.tapes->take(*address_, std::move(message), {called.begin(), called.end()}, crashed);
  } catch (const std::exception& e) {
    if (context_.log)
      context_.log({LogLevel::warn, "actor", "a turn of " + address_->text() + " could not be recorded: " + e.what()});
  }
}

}  // namespace troupe::actor
