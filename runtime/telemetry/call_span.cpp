#include "telemetry/call_span.h"

#include <algorithm>

#include "troupe/limits.h"
#include "troupe/service.h"

namespace troupe::telemetry {
namespace {

// Told by whoever settles the call. A call that nobody settles has no span: nobody saw its end.
class CallSpan final : public wire::CallEnd {
 public:
  CallSpan(Tracer& tracer, SpanData data, const char* what)
      : tracer_(tracer), data_(std::move(data)), what_(what), begun_(tracer.now()) {}

  void ended(const wire::Envelope& call, const Error* error) noexcept override {
    try {
      SpanData span = std::move(data_);
      span.name = cut(what_ + method_name(call), limits::kMaxSpanNameBytes);
      span.node = tracer_.node();
      describe(span, call);
      set_outcome(span, error);
      if (call.attempt > 1) set_attribute(span, "troupe.attempt", std::int64_t{call.attempt});
      span.begin_ns = tracer_.wall_ns(begun_);
      span.end_ns = tracer_.wall_ns(tracer_.now());
      tracer_.take(std::move(span));
    } catch (const std::exception&) {  // no memory: no span
    }
  }

 private:
  Tracer& tracer_;  // of the node that the call's target keeps
  SpanData data_;
  const char* const what_;
  const TimePoint begun_;
};

void begin(Tracer& tracer, wire::Envelope& call, SpanData data, const char* what) {
  data.context.span_id = tracer.new_span();
  auto carried = make_counted<SharedTrace>(data.context);
  auto span = make_counted<CallSpan>(tracer, std::move(data), what);
  call.trace = std::move(carried);
  if (call.sent != TimePoint{}) call.sent = tracer.now();
  call.ends.add(std::move(span));
}

}  // namespace

void begin_call(Tracer& tracer, wire::Envelope& call, const TraceContext& above) noexcept {
  try {
    begin(tracer, call, {.context = above, .parent = above.span_id, .kind = SpanKind::client}, "");
  } catch (const std::exception&) {
  }
}

void begin_delivery(Tracer& tracer, wire::Envelope& call, std::chrono::milliseconds age) noexcept {
  if (!is_sampled(call.trace)) return;
  try {
    const TraceContext& cause = call.trace->context();
    SpanData data{.context = cause, .parent = cause.span_id, .kind = SpanKind::producer};
    if (age > limits::kSpanLinkAfter) {
      data.context = tracer.new_trace();
      data.parent = {};
      data.links.push_back(cause);
    }
    set_attribute(data, "troupe.age_ms", std::int64_t{age.count()});
    begin(tracer, call, std::move(data), "deliver ");
  } catch (const std::exception&) {
  }
}

void keep_failed_call(Tracer& tracer, const wire::Envelope& call) noexcept {
  const Error* error = call.caller_error ? call.caller_error.get() : call.error.get();
  if (!error || !is_failure(*error) || !tracer.may_keep_unsampled()) return;
  try {
    SpanData span{.kind = SpanKind::client};
    derive_ids(span, call, Side::caller);
    span.name = cut(method_name(call), limits::kMaxSpanNameBytes);
    span.node = tracer.node();
    describe(span, call);
    set_outcome(span, error);
    set_attribute(span, "troupe.kept", std::string("error"));
    const TimePoint now = tracer.now();
    span.begin_ns = tracer.wall_ns(call.sent == TimePoint{} ? now : std::min(call.sent, now));
    span.end_ns = tracer.wall_ns(now);
    tracer.take(std::move(span));
  } catch (const std::exception&) {
  }
}

void add_attempt(Tracer& tracer, const wire::Envelope& call, const Attempt& attempt, const Error* error) noexcept {
  if (!is_sampled(call.trace) || attempt.begun == TimePoint{}) return;
  try {
    SpanData span{.context = call.trace->context(), .parent = call.trace->context().span_id};
    span.context.span_id = tracer.new_span();
    span.name = cut(std::string(attempt.hedge ? "hedge " : "attempt ") + method_name(call), limits::kMaxSpanNameBytes);
    span.node = tracer.node();
    set_outcome(span, error);
    set_attribute(span, "troupe.attempt", std::int64_t{attempt.number});
    if (attempt.hedge) set_attribute(span, "troupe.hedge", true);
    span.begin_ns = tracer.wall_ns(attempt.begun);
    span.end_ns = tracer.wall_ns(tracer.now());
    tracer.take(std::move(span));
  } catch (const std::exception&) {
  }
}

void add_link_wait(Tracer& tracer, const wire::Envelope& call, std::string_view peer) noexcept {
  if (!is_sampled(call.trace)) return;
  try {
    const TimePoint now = tracer.now();
    SpanData span{.context = call.trace->context(), .parent = call.trace->context().span_id};
    span.context.span_id = tracer.new_span();
    span.name = cut("link " + std::string(peer), limits::kMaxSpanNameBytes);
    span.node = tracer.node();
    set_attribute(span, "troupe.peer", std::string(peer));
    span.begin_ns = tracer.wall_ns(call.sent == TimePoint{} ? now : std::min(call.sent, now));
    span.end_ns = tracer.wall_ns(now);
    tracer.take(std::move(span));
  } catch (const std::exception&) {
  }
}

std::string method_name(const wire::Envelope& call, std::string_view other) {
  const ServiceInfo& service = call.target->service;
  return std::string(service.name) + "." +
         (call.method < service.method_count ? service.methods[call.method].name : std::string(other));
}

void describe(SpanData& span, const wire::Envelope& call) {
  set_attribute(span, "rpc.system", std::string("troupe"));
  set_attribute(span, "rpc.service", std::string(call.target->service.name));
  if (call.method < call.target->service.method_count)
    set_attribute(span, "rpc.method", std::string(call.target->service.methods[call.method].name));
  set_attribute(span, "troupe.actor", call.target->text());
  set_attribute(span, "troupe.request_id", call.id.text());
}

void set_outcome(SpanData& span, const Error* error) {
  if (!error) return;
  set_attribute(span, "error.type", std::string(to_string(error->kind())));
  if (!error->code().empty()) set_attribute(span, "troupe.error_code", error->code());
  if (!is_failure(*error)) return;
  span.status = SpanStatus::error;
  span.message = to_string(error->kind());  // its text may hold what the call was about
}

void derive_ids(SpanData& span, const wire::Envelope& call, Side side) {
  const wire::Envelope* root = &call;
  while (root->parent) root = root->parent.get();
  const bool from_afar = root->remote_chain && !root->remote_chain->empty();
  if (call.trace) {
    span.context = call.trace->context();
  } else {
    span.context = derived_trace(from_afar ? root->remote_chain->back().id : root->id);
  }
  span.context.span_id = derived_span(call.id, side);
  if (side == Side::callee) {
    span.parent = derived_span(call.id, Side::caller);
  } else if (call.parent) {
    span.parent = derived_span(call.parent->id, Side::callee);
  } else if (call.trace) {
    span.parent = call.trace->context().span_id;
  }
}

}  // namespace troupe::telemetry
