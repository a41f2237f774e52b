// Spans that a host program begins at a node, outside of turns.
#include "host/node_routing.h"
#include "telemetry/open_span.h"
#include "troupe/limits.h"
#include "troupe/node.h"
#include "troupe/tracing.h"

namespace troupe {
namespace {

// Who comes from outside has decided; where a trace begins, the head does.
TraceContext trace_below(telemetry::Tracer& tracer, const TraceContext& parent) {
  if (parent.is_set()) return parent;
  TraceContext out = tracer.new_trace();
  if (!tracer.samples()) out.flags = 0;
  return out;
}

}  // namespace

Span::Span(Node& node, std::string_view name, SpanOptions options) {
  host::NodeRouting& routing = node.routing();
  auto span = std::make_shared<detail::OpenSpan>();
  if (!routing.tracer) {  // the context travels on, and nothing is recorded
    span->data.context = options.parent;
    span->ended = true;
    open_ = std::move(span);
    return;
  }
  span->tracer = routing.tracer.get();
  span->keeps = Ptr<Counted>(Ptr<host::NodeRouting>::share(&routing));
  span->data.context = trace_below(*routing.tracer, options.parent);
  span->sampled = (span->data.context.flags & 1) != 0;
  span->data.parent = options.parent.span_id;
  span->data.context.span_id = routing.tracer->new_span();
  span->data.kind = options.kind;
  span->data.name = telemetry::cut(name, limits::kMaxSpanNameBytes);
  span->data.node = routing.tracer->node();
  if (options.links.size() > limits::kMaxSpanLinks) options.links.resize(limits::kMaxSpanLinks);
  span->data.links = std::move(options.links);
  span->begun = routing.tracer->now();
  open_ = std::move(span);
}

}  // namespace troupe
