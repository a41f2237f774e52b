// What a handler sees of its turn's span (troupe/tracing.h).
#include "actor/current.h"
#include "actor/turn.h"
#include "troupe/limits.h"
#include "troupe/tracing.h"

namespace troupe {

Span::Span(std::string_view name) {
  actor::Turn* turn = actor::current().turn;
  if (turn && turn->span) open_ = turn->span->open(name);
}

Span::~Span() { end(); }

Span::Span(Span&&) noexcept = default;

Span& Span::operator=(Span&& other) noexcept {
  if (this == &other) return *this;
  end();
  open_ = std::move(other.open_);
  return *this;
}

void Span::set(std::string_view name, AttributeValue value) {
  if (open_ && !open_->ended) telemetry::set_attribute(open_->data, name, std::move(value));
}

void Span::fail(std::string_view why) {
  if (!open_ || open_->ended) return;
  open_->data.status = SpanStatus::error;
  open_->data.message = telemetry::cut(why, limits::kMaxSpanTextBytes);
}

void Span::end() {
  if (open_) open_->end();
  open_ = nullptr;
}

TraceContext Span::context() const { return open_ ? open_->data.context : TraceContext{}; }

bool Span::recorded() const noexcept { return open_ && !open_->ended && open_->sampled; }

TraceContext current_trace() {
  const actor::Turn* turn = actor::current().turn;
  if (!turn || !turn->call()) return {};
  if (turn->span) return turn->span->innermost();
  return turn->call()->trace ? turn->call()->trace->context() : TraceContext{};
}

void set_turn_attribute(std::string_view name, AttributeValue value) {
  actor::Turn* turn = actor::current().turn;
  if (turn && turn->span) turn->span->set(name, std::move(value));
}

}  // namespace troupe
