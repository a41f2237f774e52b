#include "telemetry/turn_span.h"

#include <algorithm>

#include "troupe/limits.h"
#include "troupe/service.h"

namespace troupe::detail {

void OpenSpan::end() noexcept {
  if (std::exchange(ended, true)) return;
  if (turn) turn->closed(*this);
  turn = nullptr;
  if (!sampled && data.status != SpanStatus::error) return;
  if (!sampled) {
    if (!tracer->may_keep_unsampled()) return;
    try {
      telemetry::set_attribute(data, "troupe.kept", std::string("error"));
    } catch (const std::exception&) {
    }
  }
  data.begin_ns = tracer->wall_ns(begun);
  data.end_ns = tracer->wall_ns(tracer->now());
  tracer->take(std::move(data));
}

}  // namespace troupe::detail

namespace troupe::telemetry {
namespace {

SpanKind kind_of(Cause cause) noexcept {
  switch (cause) {
    case Cause::call: return SpanKind::server;
    case Cause::message:
    case Cause::answer: return SpanKind::consumer;
    default: return SpanKind::internal;
  }
}

const char* what_runs(Cause cause) noexcept {
  switch (cause) {
    case Cause::answer: return "(answer)";
    case Cause::reminder: return "(reminder)";
    default: return "(own)";
  }
}

// Microseconds, as an attribute.
std::int64_t us(std::chrono::nanoseconds time) noexcept {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::max(time, std::chrono::nanoseconds(0))).count();
}

void set_ending(SpanData& span, const TurnEnding& ending) {
  set_attribute(span, "troupe.outcome", std::string(ending.outcome));
  set_outcome(span, ending.error);
  if (ending.crashed) span.message = "crashed";
}

}  // namespace

TurnSpan::TurnSpan(Tracer& tracer, const wire::Envelope& call, Cause cause) : tracer_(tracer), begun_(tracer.now()) {
  const TraceContext& from = call.trace->context();
  data_.kind = kind_of(cause);
  data_.name = cut(method_name(call, what_runs(cause)), limits::kMaxSpanNameBytes);
  data_.node = tracer.node();
  if (cause == Cause::reminder) {
    data_.context = tracer.new_trace();
    data_.links.push_back(from);
  } else {
    data_.context = from;
    data_.parent = from.span_id;
  }
  data_.context.span_id = tracer.new_span();
  shared_ = make_counted<SharedTrace>(data_.context);
  describe(data_, call);
  if (call.attempt > 1 && cause != Cause::reminder) set_attribute(data_, "troupe.attempt", std::int64_t{call.attempt});
  // On its own node from when it was made; one of another's, from when it came in.
  const TimePoint came = call.from_link || call.sent == TimePoint{} ? call.arrived : call.sent;
  if (came != TimePoint{}) set_attribute(data_, "troupe.mailbox_delay_us", us(begun_ - came));
}

// A turn that ended without a word, with its node: what the host program may still hold is none.
TurnSpan::~TurnSpan() {
  for (const auto& span : open_) {
    span->turn = nullptr;
    span->ended = true;
  }
}

TraceContext TurnSpan::innermost() const noexcept { return open_.empty() ? data_.context : open_.back()->data.context; }

std::shared_ptr<detail::OpenSpan> TurnSpan::open(std::string_view name) {
  if (open_.size() >= limits::kMaxOpenSpans) return nullptr;
  auto span = std::make_shared<detail::OpenSpan>();
  span->tracer = &tracer_;
  const TraceContext above = innermost();
  span->data.context = above;
  span->data.parent = above.span_id;
  span->data.context.span_id = tracer_.new_span();
  span->data.name = cut(name, limits::kMaxSpanNameBytes);
  span->data.node = tracer_.node();
  span->begun = tracer_.now();
  open_.push_back(span);
  span->turn = this;
  return span;
}

void TurnSpan::closed(const detail::OpenSpan& span) noexcept {
  const auto at = std::find_if(open_.begin(), open_.end(), [&](const auto& each) { return each.get() == &span; });
  if (at != open_.end()) open_.erase(at);
}

void TurnSpan::sends(wire::Envelope& message) noexcept {
  if (with_turn_.size() >= limits::kMaxSpansOfTurn) {
    message.trace = shared_;
    return;
  }
  try {
    const TraceContext above = innermost();
    SpanData span{.context = above, .parent = above.span_id, .kind = SpanKind::producer};
    span.context.span_id = tracer_.new_span();
    span.name = cut("send " + method_name(message), limits::kMaxSpanNameBytes);
    span.node = tracer_.node();
    describe(span, message);
    span.begin_ns = span.end_ns = tracer_.wall_ns(tracer_.now());
    message.trace = make_counted<SharedTrace>(span.context);
    with_turn_.push_back(std::move(span));
  } catch (const std::exception&) {
  }
}

void TurnSpan::end(const TurnEnding& ending) noexcept {
  while (!open_.empty()) {
    const auto innermost = open_.back();
    innermost->end();  // takes itself out
  }
  if (ending.keeps)
    for (SpanData& span : with_turn_) tracer_.take(std::move(span));
  with_turn_.clear();
  try {
    set_ending(data_, ending);
  } catch (const std::exception&) {  // without it, then
  }
  data_.begin_ns = tracer_.wall_ns(begun_);
  data_.end_ns = tracer_.wall_ns(tracer_.now());
  tracer_.take(std::move(data_));
}

void keep_turn(Tracer& tracer, const wire::Envelope& call, const TurnEnding& ending, TimePoint begun) noexcept {
  const bool failed = ending.crashed || (ending.error && is_failure(*ending.error));
  const bool slow = tracer.is_slow_since(begun);
  if ((!failed && !slow) || !tracer.may_keep_unsampled()) return;
  try {
    SpanData span{.kind = call.delivery ? SpanKind::consumer : SpanKind::server};
    derive_ids(span, call, Side::callee);
    span.name = cut(method_name(call), limits::kMaxSpanNameBytes);
    span.node = tracer.node();
    describe(span, call);
    set_ending(span, ending);
    set_attribute(span, "troupe.kept", std::string(failed ? "error" : "slow"));
    if (call.arrived != TimePoint{}) set_attribute(span, "troupe.mailbox_delay_us", us(begun - call.arrived));
    const TimePoint now = tracer.now();
    span.begin_ns = tracer.wall_ns(std::min(begun, now));
    span.end_ns = tracer.wall_ns(now);
    tracer.take(std::move(span));
  } catch (const std::exception&) {
  }
}

void CommitSpan::ended(const Error* error) noexcept {
  try {
    SpanData span{.context = turn_->context(), .parent = turn_->context().span_id};
    span.context.span_id = tracer_.new_span();
    span.name = "commit";
    span.node = tracer_.node();
    set_outcome(span, error);
    span.begin_ns = tracer_.wall_ns(begun_);
    span.end_ns = tracer_.wall_ns(tracer_.now());
    tracer_.take(std::move(span));
  } catch (const std::exception&) {
  }
}

}  // namespace troupe::telemetry
