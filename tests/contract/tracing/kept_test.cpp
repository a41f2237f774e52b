// What is kept of traces that the head did not want: failures and slow turns.
#include "spans_seen.h"

using namespace troupe;
using namespace troupe::contract;

namespace {

TraceContext unsampled() {
  TraceContext trace = sampled_trace(0xd8);
  trace.flags = 0;
  return trace;
}

// The failing trace that all nodes together know, once it has that many spans.
std::string failing_trace(const Distance& distance, std::size_t spans) {
  std::string id;
  REQUIRE(eventually([&] {
    for (const auto& line : traces(distance, "failing")) {
      id = line["trace"];
      if (spans_of(distance, id).size() >= spans) return true;
    }
    return false;
  }));
  return id;
}

}  // namespace

AT_EVERY_DISTANCE("a call that fails is kept at its caller and at its turn, in one trace, and both say why") {
  const TraceScope scope(unsampled());
  CHECK_THROWS_AS((void)distance.account("a")
                      .addThen([](auto p) {
                        p.setAmount(1);
                        p.setEnding("crash");
                      })
                      .get(),
                  Error);

  const std::string id = failing_trace(distance, 2);
  const auto client = wait_for_span(distance, id, "Account.addThen", "client");
  const auto server = wait_for_span(distance, id, "Account.addThen", "server");
  CHECK(server["parent"] == client["span"]);
  for (const auto& span : {client, server}) {
    CHECK(span["status"] == "error");
    CHECK(span["attributes"]["troupe.kept"] == "error");
    CHECK(span["attributes"]["error.type"] == "failed");
  }
  CHECK(server["attributes"]["troupe.outcome"] == "crashed");
}

TEST_CASE("what fails without any trace is one trace, at its caller and at its turn") {
  Distance distance(Length::pointer, [](NodeConfig& config) { config.tracing.sample = 0; });
  CHECK_THROWS_AS((void)distance.account("from")
                      .transfer([](auto p) {
                        p.setAmount(1);
                        p.setTo("to");
                        p.setEnding("crash");
                      })
                      .get(),
                  Error);

  const std::string id = failing_trace(distance, 2);
  const auto client = wait_for_span(distance, id, "Account.transfer", "client");
  CHECK(wait_for_span(distance, id, "Account.transfer", "server")["parent"] == client["span"]);
}

AT_EVERY_DISTANCE("a refusal is no failure, and leaves no span of a trace that was not sampled") {
  const TraceScope scope(unsampled());
  for (const std::string ending : {"refuse", "crash"})
    CHECK_THROWS_AS((void)distance.account("a")
                        .addThen([&](auto p) {
                          p.setAmount(1);
                          p.setEnding(ending);
                        })
                        .get(),
                    Error);

  const std::string id = failing_trace(distance, 2);
  for (const auto& line : traces(distance, "recent")) CHECK(line["trace"] == id);
  CHECK(spans_of(distance, id).size() == 2);
}

AT_EVERY_DISTANCE("in a sampled trace a refused turn has a span that is no error and says so") {
  const TraceContext trace = sampled_trace(0xd0);
  {
    const TraceScope scope(trace);
    CHECK_THROWS_AS((void)distance.account("a")
                        .addThen([](auto p) {
                          p.setAmount(1);
                          p.setEnding("refuse");
                        })
                        .get(),
                    Error);
  }

  const auto server = wait_for_span(distance, trace_digits(trace), "Account.addThen", "server");
  CHECK(server["status"] == "unset");
  CHECK(server["attributes"]["error.type"] == "refused");
  CHECK(server["attributes"]["troupe.outcome"] == "refused");
}

TEST_CASE("a turn that takes as long as slow says is kept, though the head said no") {
  Distance distance(Length::pointer, [](NodeConfig& config) {
    config.tracing.sample = 0;
    config.tracing.slow = std::chrono::milliseconds(10);
  });
  auto waits = distance.account("a").addAround([](auto p) {
    p.setAmount(1);
    p.setLatch("held");
  });
  distance.wait_for_arrivals("held", 1);
  const auto begun = std::chrono::steady_clock::now();
  REQUIRE(eventually([&] { return std::chrono::steady_clock::now() - begun > std::chrono::milliseconds(30); }));
  distance.open("held");
  (void)std::move(waits).get();

  Spans slow;
  REQUIRE(eventually([&] {
    slow = traces(distance, "slow");
    return !slow.empty();
  }));
  const auto spans = spans_of(distance, slow[0]["trace"]);
  const auto turns = named(spans, "Account.addAround", "server");
  REQUIRE(!turns.empty());
  CHECK(turns[0]["attributes"]["troupe.kept"] == "slow");
  CHECK(turns[0]["status"] == "unset");
}
