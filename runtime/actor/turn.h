// One turn: one handler run, from the call that asks for it to the commit that makes it true.
#pragma once

#include <capnp/common.h>

#include <coroutine>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "actor/effects.h"
#include "actor/tape.h"
#include "base/clock.h"
#include "base/tick_clock.h"
#include "telemetry/flight_recorder.h"
#include "telemetry/turn_span.h"
#include "troupe/task.h"
#include "wire/envelope.h"

namespace troupe::actor {

class Activation;

// What a turn may do beside others of its actor.
enum class TurnKind : std::uint8_t { exclusive, read_only, reentrant };

class Turn {
 public:
  // `activation`: whose turn it is.
  Turn(Activation* activation, wire::EnvelopePtr call, TurnKind kind, std::uint64_t serial, TimePoint now);
  // Destroys a handler that still waits; calls it made and did not give up go on, with nobody to hear.
  ~Turn();
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

  // Runs `handler` until it ends or waits.
  void start(Task<> handler);
  // Goes on where `waiter` waits.
  void resume(std::coroutine_handle<> waiter);
  [[nodiscard]] bool done() const noexcept { return handler_.done(); }
  // What the handler threw, or null. Only when done().
  [[nodiscard]] std::exception_ptr error() const noexcept { return handler_.error(); }

  [[nodiscard]] wire::Envelope* call() const noexcept { return call_.get(); }
  [[nodiscard]] wire::EnvelopePtr take_call() noexcept { return std::move(call_); }
  [[nodiscard]] TurnKind kind() const noexcept { return kind_; }
  // What of its actor runs: a method, or "(timer)" and the like.
  [[nodiscard]] std::string what_runs() const;
  // How it came to be.
  [[nodiscard]] telemetry::Cause cause() const noexcept;
  // Unique among the turns of an activation, unlike its address.
  [[nodiscard]] std::uint64_t serial() const noexcept { return serial_; }
  [[nodiscard]] TimePoint since() const noexcept { return since_; }
  // The state this turn edits, or null while it has not.
  [[nodiscard]] wire::Message* draft() const noexcept { return draft_.get(); }
  wire::Message& start_draft();
  // What it does besides, or null while it has done nothing else.
  [[nodiscard]] Effects* effects() const noexcept { return effects_.get(); }
  Effects& add_effects() {
    if (!effects_) effects_ = std::make_unique<Effects>();
    return *effects_;
  }

  // Before `old`, the committed state until now, is replaced: keeps it for a handler that may still read it.
  void keep(const std::shared_ptr<const std::vector<capnp::word>>& old) {
    if (std::exchange(looked_, false)) seen_.push_back(old);
  }
  // The handler has been given the committed state to read.
  void looked() noexcept { looked_ = true; }
  // Gives up the calls that it waits for, destroys the handler, and with it whatever refers to the call; before that is
  // answered.
  void abandon() noexcept;
  // Somebody waits for it and may give it up: it is no work of the actor's own, and no durable message.
  [[nodiscard]] bool has_caller() const noexcept { return call_->reply_to && !call_->delivery; }
  // Its caller has given it up. Only while it has its call.
  [[nodiscard]] bool given_up() const noexcept { return has_caller() && call_->settled(); }

  // Something was done that a roll-back does not undo.
  void had_effect() noexcept { had_effect_ = true; }
  [[nodiscard]] bool has_effect() const noexcept { return had_effect_; }

  // --- calls the turn makes ---
  [[nodiscard]] RequestId next_call_id() noexcept { return id_.child(++calls_made_); }
  // From now on they derive from `id` instead of the turn's own.
  void derive_calls_from(const RequestId& id) noexcept {
    id_ = id;
    calls_made_ = 0;
    may_call_ = id.is_set();
  }
  [[nodiscard]] bool may_call() const noexcept { return may_call_; }
  void add_pending(wire::Envelope& call) noexcept;
  void remove_pending(wire::Envelope& call) noexcept;
  // Ends a call of this turn's with that error, unless its answer is under way.
  void cancel(wire::Envelope& call, Error why);
  // Gives up what it called and has not heard of, but for what was forgotten.
  void give_up_calls() noexcept;
  [[nodiscard]] wire::Envelope* first_pending() const noexcept { return pending_; }

  // When it began: read when that is first asked for, which whoever measures turns does at its begin.
  [[nodiscard]] TickClock::Ticks begun(const TickClock& clock) noexcept {
    if (begun_ == 0) begun_ = clock.now();
    return begun_;
  }

  // Of a trace that is recorded; null: it is not.
  std::unique_ptr<telemetry::TurnSpan> span;
  // What its messages and reminders take along.
  [[nodiscard]] wire::Passengers passengers() const {
    wire::Passengers out;
    out.take_along(*call_);
    if (span) out.trace = span->shared();
    return out;
  }

  telemetry::FlightRecorder::Place noted;  // where the flight recorder has its begin
  std::unique_ptr<Tape> tape;              // null: none is kept, or nothing was told yet
  TickClock::Ticks ended_at = 0;           // of one that is measured

  bool reported_slow = false;
  TimePoint observed_from{};  // its begin, if somebody observes
  // Its sleeps, in the activation's timers: as many as it runs things side by side.
  std::vector<std::uint64_t> sleeps;

  // In the activation's list of turns that wait.
  Turn* next = nullptr;
  Turn* prev = nullptr;

 private:
  Activation* const activation_;
  bool looked_ = false;
  bool had_effect_ = false;
  bool may_call_ = true;
  std::vector<std::shared_ptr<const std::vector<capnp::word>>> seen_;
  wire::EnvelopePtr call_;
  RequestId id_;
  TurnKind kind_;
  std::uint64_t serial_;
  std::uint64_t calls_made_ = 0;
  TimePoint since_;
  TickClock::Ticks begun_ = 0;
  std::unique_ptr<wire::Message> draft_;
  std::unique_ptr<Effects> effects_;
  wire::Envelope* pending_ = nullptr;
  Task<> handler_;
};

}  // namespace troupe::actor
