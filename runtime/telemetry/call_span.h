// The caller's span of a call: from when it is made until it ends, however often it is attempted.
#pragma once

#include "telemetry/tracer.h"
#include "wire/envelope.h"

namespace troupe::telemetry {

// Begins the span of a call of a sampled trace, below the span that `above` names (zeros: none), and has the call carry
// it. The call has its id and its target, and is not sent. For want of memory there is none, and the call stays as it
// was.
void begin_call(Tracer& tracer, wire::Envelope& call, const TraceContext& above) noexcept;

// The same for the delivery of a durable message of a sampled trace, which was sent so long ago: past
// limits::kSpanLinkAfter it begins a trace, linked to the one that sent it.
void begin_delivery(Tracer& tracer, wire::Envelope& call, std::chrono::milliseconds age) noexcept;

// The same for one that a thread of the host program makes, or that an actor's own work is: it has the trace of its
// scope, or the head decides.
inline void begin_root_call(Tracer& tracer, wire::Envelope& call) noexcept {
  if (call.trace) {
    if (is_sampled(call.trace)) begin_call(tracer, call, call.trace->context());
  } else if (tracer.samples(call.id)) [[unlikely]] {
    TraceContext trace = derived_trace(call.id);
    trace.flags = 1;
    begin_call(tracer, call, trace);
  }
}

// What an actor does by itself begins a trace, if the head says so; it has no caller whose span it could be.
inline void begin_own_work(Tracer& tracer, wire::Envelope& work) {
  if (!tracer.samples(work.id)) [[likely]]
    return;
  TraceContext trace = derived_trace(work.id);
  trace.flags = 1;
  work.trace = make_counted<SharedTrace>(trace);
}

// A call of a trace that is not recorded has ended with an error: its span is kept if that says that it failed.
void keep_failed_call(Tracer& tracer, const wire::Envelope& call) noexcept;
inline void call_ended(Tracer* tracer, const wire::Envelope& call) noexcept {
  if (tracer && (call.error || call.caller_error) && !is_sampled(call.trace)) [[unlikely]]
    keep_failed_call(*tracer, call);
}

// One attempt of a call of a sampled trace, below the call's span.
struct Attempt {
  TimePoint begun{};
  std::uint32_t number = 1;
  bool hedge = false;
};
void add_attempt(Tracer& tracer, const wire::Envelope& call, const Attempt& attempt, const Error* error) noexcept;
// What a call of a sampled trace waited until it was written to the link to `peer`, below the call's span.
void add_link_wait(Tracer& tracer, const wire::Envelope& call, std::string_view peer) noexcept;

// "Stock.reserve"; `other` where the call has no method.
[[nodiscard]] std::string method_name(const wire::Envelope& call, std::string_view other = "(own)");
// What every span about a call has: its actor, method and id, and which attempt it is.
void describe(SpanData& span, const wire::Envelope& call);
// How it ended.
void set_outcome(SpanData& span, const Error* error);
// Of a trace that is not recorded: the id of the trace, and of the span, the caller's or the callee's.
void derive_ids(SpanData& span, const wire::Envelope& call, Side side);

}  // namespace troupe::telemetry
