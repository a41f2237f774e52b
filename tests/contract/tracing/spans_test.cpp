// The spans of calls and turns of a sampled trace, at every distance.
#include "spans_seen.h"

using namespace troupe;
using namespace troupe::contract;

namespace {

const TraceContext kSampled = sampled_trace(0xb0);
const std::string kSampledId = trace_digits(kSampled);

}  // namespace

AT_EVERY_DISTANCE("a call of a sampled trace has a span at its caller, its turn one below that, its commit one more") {
  {
    const TraceScope scope(kSampled);
    distance.add("a", 5);
  }

  const auto client = wait_for_span(distance, kSampledId, "Account.add", "client");
  const auto server = wait_for_span(distance, kSampledId, "Account.add", "server");
  const auto commit = wait_for_span(distance, kSampledId, "commit", "internal");
  CHECK(client["parent"] == span_digits(kSampled));
  CHECK(server["parent"] == client["span"]);
  CHECK(commit["parent"] == server["span"]);
  CHECK(client["attributes"]["troupe.actor"] == "Account/a");
  CHECK(client["attributes"]["troupe.request_id"] == server["attributes"]["troupe.request_id"]);
  CHECK(server["attributes"]["troupe.outcome"] == "answered");
  CHECK(server["attributes"].contains("troupe.mailbox_delay_us"));
  CHECK(std::stoll(client["beginNs"].get<std::string>()) <= std::stoll(client["endNs"].get<std::string>()));
}

AT_EVERY_DISTANCE("a call that goes over a link has a span of its wait for it, and one that does not has none") {
  {
    const TraceScope scope(kSampled);
    distance.add("a", 5);
  }

  const auto client = wait_for_span(distance, kSampledId, "Account.add", "client");
  (void)wait_for_span(distance, kSampledId, "Account.add", "server");
  Spans links;
  for (const auto& span : spans_of(distance, kSampledId))
    if (span["attributes"].contains("troupe.peer")) links.push_back(span);
  REQUIRE(links.size() == (distance.length() == Length::pointer ? 0 : 1));
  if (!links.empty()) CHECK(links[0]["parent"] == client["span"]);
}

AT_EVERY_DISTANCE("the calls that a turn makes are below the turn's span, however deep") {
  distance.add("from", 10);
  {
    const TraceScope scope(kSampled);
    (void)distance.account("from")
        .transfer([](auto p) {
          p.setAmount(3);
          p.setTo("to");
        })
        .get();
  }

  const auto transfer = wait_for_span(distance, kSampledId, "Account.transfer", "server");
  const auto call = wait_for_span(distance, kSampledId, "Account.add", "client");
  const auto add = wait_for_span(distance, kSampledId, "Account.add", "server");
  CHECK(call["parent"] == transfer["span"]);
  CHECK(add["parent"] == call["span"]);
  CHECK(call["node"] == transfer["node"]);
}

AT_EVERY_DISTANCE("a trace that its head did not sample leaves no span, whatever the nodes' own ratio") {
  TraceContext trace = kSampled;
  trace.flags = 0;
  {
    const TraceScope scope(trace);
    distance.add("a", 5);
  }
  {  // a later trace on the same way, which is seen
    const TraceScope scope(sampled_trace(0xc0));
    distance.add("a", 5);
  }

  (void)wait_for_span(distance, trace_digits(sampled_trace(0xc0)), "commit", "internal");
  CHECK(spans_of(distance, kSampledId).empty());
}

AT_EVERY_DISTANCE("what a call was given and what it brought back are in no span") {
  const std::string secret = "hunter2-is-no-attribute";
  {
    const TraceScope scope(kSampled);
    (void)distance.node()
        .ref<Tracer>("a")
        .spans([&](auto p) {
          p.setTo("b");
          p.setSecret(secret);
        })
        .get();
  }

  (void)wait_for_span(distance, kSampledId, "Tracer.spans", "server");
  (void)wait_for_span(distance, kSampledId, "Tracer.spans", "client");
  for (const auto& body : distance.ask_all("/traces/" + kSampledId)) CHECK(body.find(secret) == std::string::npos);
}

TEST_CASE("a call without a trace begins one at the ratio of its node: always at 1, never at 0") {
  for (const double share : {1.0, 0.0}) {
    Distance distance(Length::pointer, [&](NodeConfig& config) { config.tracing.sample = share; });
    distance.add("a", 5);

    const auto listed = [&] { return traces(distance, "recent"); };
    if (share == 1.0) {
      REQUIRE(eventually([&] { return !listed().empty(); }));
      const auto server = wait_for_span(distance, listed()[0]["trace"], "Account.add", "server");
      CHECK(listed()[0]["root"] == true);
      CHECK(listed()[0]["name"] == "Account.add");
      (void)server;
    } else {
      CHECK(listed().empty());
    }
  }
}

TEST_CASE("with tracing off a context travels and nothing is recorded") {
  Distance distance(Length::bytes, [](NodeConfig& config) { config.tracing.on = false; });
  const TraceScope scope(kSampled);

  auto reply = distance.node().ref<Tracer>("a").show().get();

  CHECK(text(reply->getTrace()) == text(&kSampled));
  CHECK(spans_of(distance, kSampledId).empty());
  CHECK(traces(distance, "recent").empty());
}

TEST_CASE("every attempt of a call that is retried has a span below the call's") {
  Distance distance(Length::bytes, [](NodeConfig& config) {
    CallPolicy policy;
    policy.retry.tries = 3;
    policy.retry.backoff = std::chrono::milliseconds(1);
    policy.retry.max_backoff = std::chrono::milliseconds(1);
    config.calls = {{.to = "Account", .policy = policy}};
  });
  {
    const TraceScope scope(kSampled);
    CHECK_THROWS_AS((void)distance.account("a")
                        .addThen([](auto p) {
                          p.setAmount(1);
                          p.setEnding("unavailable");
                        })
                        .get(),
                    Error);
  }

  const auto client = wait_for_span(distance, kSampledId, "Account.addThen", "client");
  const auto attempts = named(spans_of(distance, kSampledId), "attempt Account.addThen", "internal");
  REQUIRE(attempts.size() == 3);
  for (const auto& attempt : attempts) {
    CHECK(attempt["parent"] == client["span"]);
    CHECK(attempt["status"] == "error");
    CHECK(attempt["attributes"]["error.type"] == "unavailable");
  }
  CHECK(attempts[0]["attributes"]["troupe.attempt"] != attempts[1]["attributes"]["troupe.attempt"]);
}
