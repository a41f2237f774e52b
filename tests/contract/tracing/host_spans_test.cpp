// Spans of the host program: in handlers, and at a node.
#include "spans_seen.h"

using namespace troupe;
using namespace troupe::contract;

namespace {

const TraceContext kHosts = sampled_trace(0xa8);
const std::string kHostsId = trace_digits(kHosts);

}  // namespace

AT_EVERY_DISTANCE("spans that a handler opens are below its turn, its calls below them, and its end ends all") {
  {
    const TraceScope scope(kHosts);
    auto reply = distance.node().ref<Tracer>("a").spans([](auto p) { p.setTo("b"); }).get();
    CHECK(reply->getRecorded());
  }

  const auto turn = wait_for_span(distance, kHostsId, "Tracer.spans", "server");
  const auto outer = wait_for_span(distance, kHostsId, "outer", "internal");
  const auto inner = wait_for_span(distance, kHostsId, "inner", "internal");
  const auto left = wait_for_span(distance, kHostsId, "left open", "internal");
  const auto call = wait_for_span(distance, kHostsId, "Tracer.show", "client");
  CHECK(turn["attributes"]["of.turn"] == 7);
  CHECK(outer["parent"] == turn["span"]);
  CHECK(inner["parent"] == outer["span"]);
  CHECK(call["parent"] == inner["span"]);
  CHECK(left["parent"] == turn["span"]);
  CHECK(outer["attributes"]["items"] == 4);
  CHECK_FALSE(outer["attributes"].contains("late"));
  CHECK(inner["status"] == "error");
  CHECK(inner["message"] == "as told");
}

AT_EVERY_DISTANCE("in a trace that is not recorded a handler's span is none and costs nothing to use") {
  TraceContext trace = kHosts;
  trace.flags = 0;
  const TraceScope scope(trace);

  auto reply = distance.node().ref<Tracer>("a").spans([](auto p) { p.setTo("b"); }).get();

  CHECK_FALSE(reply->getRecorded());
}

TEST_CASE("a span that a host begins at its node is the root of a trace, and calls in its scope are below it") {
  Distance distance(Length::pointer, [](NodeConfig& config) { config.tracing.sample = 1; });
  std::string id;
  {
    Span span(distance.node(), "nightly run", {.kind = SpanKind::server});
    id = trace_digits(span.context());
    CHECK(span.recorded());
    span.set("run", std::int64_t{4});
    span.set("who", "cron");
    const TraceScope scope(span.context());
    distance.add("a", 5);
  }

  const auto root = wait_for_span(distance, id, "nightly run", "server");
  const auto call = wait_for_span(distance, id, "Account.add", "client");
  CHECK(root["parent"] == "");
  CHECK(root["attributes"]["run"] == 4);
  CHECK(root["attributes"]["who"] == "cron");
  CHECK(call["parent"] == root["span"]);
}

TEST_CASE("a host's span keeps the decision of the parent it is given") {
  Distance distance(Length::pointer, [](NodeConfig& config) { config.tracing.sample = 0; });
  TraceContext unsampled = kHosts;
  unsampled.flags = 0;

  CHECK(Span(distance.node(), "in", {.parent = kHosts}).recorded());
  CHECK_FALSE(Span(distance.node(), "in", {.parent = unsampled}).recorded());
  CHECK_FALSE(Span(distance.node(), "in").recorded());
  CHECK(Span(distance.node(), "in", {.parent = unsampled}).context().trace_id == unsampled.trace_id);
}

TEST_CASE("a span outside of turns is none, one that was moved from too, and one may end after its node") {
  CHECK_FALSE(Span("nowhere").recorded());
  CHECK_FALSE(Span("nowhere").context().is_set());
  CHECK_FALSE(current_trace().is_set());
  set_turn_attribute("of", std::string("nobody"));

  std::unique_ptr<Span> last;
  {
    Distance distance(Length::pointer, [](NodeConfig& config) { config.tracing.sample = 1; });
    Span first(distance.node(), "");
    last = std::make_unique<Span>(std::move(first));
    CHECK_FALSE(first.recorded());  // NOLINT: what a moved-from one says is told
    first.set("a", true);
    first.end();
    CHECK(last->recorded());
  }
  last->set("late", true);
  last->end();
  last->end();
  CHECK_FALSE(last->recorded());
}
