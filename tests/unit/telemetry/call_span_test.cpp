// Spans of calls by hand: what they are below, and what late deliveries are linked to.
#include "telemetry/call_span.h"

#include <doctest/doctest.h>

#include "troupe/limits.h"
#include "troupe/service.h"

using namespace troupe;
using namespace troupe::telemetry;

namespace {

constexpr MethodInfo kMethods[] = {{.name = "reserve", .ordinal = 0}};
const ServiceInfo kService{.name = "Stock", .methods = kMethods, .method_count = 1};

class NoWay final : public wire::CallSink {
 public:
  using CallSink::CallSink;
  void deliver(wire::EnvelopePtr) noexcept override {}
  void deliver_watched(wire::EnvelopePtr) noexcept override {}
};

// A node that has a tracer and no actors.
struct Scene {
  wire::CallOrigin origin{system_clock(), std::chrono::seconds(1), 1};
  NoWay sink{origin};
  Tracer tracer{{}, system_clock(), "shop-1", 7};

  wire::EnvelopePtr call(const TraceContext& trace) {
    auto out = make_counted<wire::Envelope>();
    out->target = make_counted<wire::Address>(sink, kService, 1, "sku-1", 0);
    out->method = 0;
    out->id = {3, 4};
    out->trace = SharedTrace::of(trace);
    return out;
  }
  SpanData only_span() {
    REQUIRE(tracer.ring().size() == 1);
    return *tracer.ring().all()[0];
  }
};

TraceContext cause() {
  TraceContext out;
  out.trace_id.fill(0x11);
  out.span_id.fill(0x22);
  out.flags = 1;
  return out;
}

}  // namespace

TEST_CASE("a call carries its own span on, and that ends with the call") {
  Scene scene;
  auto call = scene.call(cause());
  begin_call(scene.tracer, *call, cause());
  CHECK(call->trace->context().trace_id == cause().trace_id);
  CHECK(call->trace->context().span_id != cause().span_id);
  CHECK(scene.tracer.ring().size() == 0);

  wire::answer(wire::EnvelopePtr(call), Error(ErrorKind::failed, "words that nobody is to see"));

  const SpanData span = scene.only_span();
  CHECK(span.context == call->trace->context());
  CHECK(span.parent == cause().span_id);
  CHECK(span.name == "Stock.reserve");
  CHECK(span.kind == SpanKind::client);
  CHECK(span.status == SpanStatus::error);
  CHECK(span.message == "failed");
}

TEST_CASE("a delivery within the time is below where the message was sent") {
  Scene scene;
  auto call = scene.call(cause());
  begin_delivery(scene.tracer, *call, limits::kSpanLinkAfter);

  wire::answer(wire::EnvelopePtr(call));

  CHECK(scene.only_span().context.trace_id == cause().trace_id);
  CHECK(scene.only_span().parent == cause().span_id);
  CHECK(scene.only_span().links.empty());
}

TEST_CASE("a delivery that comes late begins a trace, linked to where the message was sent") {
  Scene scene;
  auto call = scene.call(cause());
  begin_delivery(scene.tracer, *call, std::chrono::hours(24));
  CHECK(call->trace->context().trace_id != cause().trace_id);
  CHECK(call->trace->context().flags == 1);

  wire::answer(wire::EnvelopePtr(call));

  const SpanData span = scene.only_span();
  CHECK(span.context.trace_id != cause().trace_id);
  CHECK(span.parent == SpanId{});
  REQUIRE(span.links.size() == 1);
  CHECK(span.links[0] == cause());
}

TEST_CASE("a message of a trace that is not recorded is delivered without a span") {
  Scene scene;
  TraceContext unsampled = cause();
  unsampled.flags = 0;
  auto call = scene.call(unsampled);

  begin_delivery(scene.tracer, *call, std::chrono::hours(24));
  wire::answer(wire::EnvelopePtr(call));

  CHECK(call->trace->context() == unsampled);
  CHECK(scene.tracer.ring().size() == 0);
}
