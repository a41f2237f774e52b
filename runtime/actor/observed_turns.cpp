// What meters count and the flight recorder notes of turns, the spans of turns, and what observers are told. The last
// does not run when nobody observes, but for turns that were slow.
#include "actor/activation.h"
#include "actor/slow_turns.h"
#include "base/observer.h"
#include "telemetry/flight_recorder.h"
#include "telemetry/meters.h"

namespace troupe::actor {
namespace {

TurnInfo info_of(const Activation& activation, const Turn& turn, std::string_view method) {
  const wire::Envelope& call = *turn.call();
  const wire::Address& address = activation.address();
  return {.activation = &activation,
          .serial = turn.serial(),
          .service = address.service.name,
          .key = address.key,
          .method = method,
          .request = call.id,
          .trace = call.trace ? &call.trace->context() : nullptr};
}

}  // namespace

void Activation::begin_span(Turn& turn, telemetry::Cause cause) noexcept {
  if (!context_.tracer || turn.span || !telemetry::is_sampled(turn.call()->trace)) return;
  try {
    turn.span = std::make_unique<telemetry::TurnSpan>(*context_.tracer, *turn.call(), cause);
  } catch (const std::exception&) {  // no memory: it goes without
  }
}

// The span goes with the turn: whatever the turn's commit leads to may still be below it.
void Activation::end_span(Turn& turn, TurnOutcome outcome, const Error* why) noexcept {
  const telemetry::TurnEnding ending{.outcome = to_string(outcome),
                                     .error = why,
                                     .crashed = outcome == TurnOutcome::crashed,
                                     .keeps = outcome == TurnOutcome::answered};
  if (turn.span) return turn.span->end(ending);
  telemetry::keep_turn(*context_.tracer, *turn.call(), ending, turn.since());
}

void Activation::note_begin(Turn& turn) noexcept {
  turn.noted = context_.recorder->begin(*turn.call(), turn.begun(context_.origin.ticks), turn.since());
}

void Activation::record_end(Turn& turn, TurnOutcome outcome, const Error* why) noexcept {
  context_.recorder->end(turn.noted, *turn.call(), turn.begun(context_.origin.ticks), turn.since(),
                         {static_cast<std::uint8_t>(outcome), why, turn.draft() || turn.effects()});
}

void Activation::count_end(Turn& turn, TurnOutcome outcome, const Error* why) noexcept {
  telemetry::EndedTurn ended{.service = address_->metered, .begun = 0, .ended = 0};
  switch (outcome) {
    case TurnOutcome::answered: break;
    case TurnOutcome::refused:
    case TurnOutcome::failed: ended.outcome = telemetry::result_of(why); break;
    case TurnOutcome::crashed: ended.outcome = telemetry::kCrashed; break;
    case TurnOutcome::ended: ended.outcome = telemetry::kEnded; break;
  }
  if (turn.call()->weight != 0) {
    ended.begun = turn.begun(context_.origin.ticks);
    ended.ended = turn.ended_at = context_.origin.ticks.now();
  }
  context_.meters->turn_ends(*turn.call(), ended);
}

void Activation::tell_begin(Turn& turn) {
  turn.observed_from = context_.clock.exact_now();
  const std::string method = turn.what_runs();
  context_.observer->on_turn_begin(info_of(*this, turn, method));
}

void Activation::tell_end(const Turn& turn, TurnOutcome outcome) {
  const wire::Envelope& call = *turn.call();
  const std::string method = turn.what_runs();
  const TurnInfo info = info_of(*this, turn, method);
  TurnEnd end{.outcome = outcome, .edited = turn.draft() || turn.effects()};
  if (turn.reported_slow) context_.slow_turns->on_turn_end(info, end);
  if (!context_.observer) return;
  if (call.arrived != TimePoint{}) end.waited = std::max(turn.since() - call.arrived, std::chrono::nanoseconds(0));
  end.ran = context_.clock.exact_now() - turn.observed_from;
  context_.observer->on_turn_end(info, end);
}

}  // namespace troupe::actor
