// What follows a turn later: messages, their answers, reminders.
#include "spans_seen.h"

using namespace troupe;
using namespace troupe::contract;

namespace {

const TraceContext kCause = sampled_trace(0xe0);
const std::string kCauseId = trace_digits(kCause);

}  // namespace

AT_EVERY_DISTANCE("a durable message has a span where it is sent, one of its delivery, and its turn is below that") {
  {
    const TraceScope scope(kCause);
    (void)distance.node().ref<Tracer>("sender").send([](auto p) { p.setTo("receiver"); }).get();
  }

  const auto turn = wait_for_span(distance, kCauseId, "Tracer.send", "server");
  const auto sent = wait_for_span(distance, kCauseId, "send Tracer.note", "producer");
  const auto delivery = wait_for_span(distance, kCauseId, "deliver Tracer.note", "producer");
  const auto taken = wait_for_span(distance, kCauseId, "Tracer.note", "consumer");
  const auto answer = wait_for_span(distance, kCauseId, "Tracer.(answer)", "consumer");
  CHECK(sent["parent"] == turn["span"]);
  CHECK(delivery["parent"] == sent["span"]);
  CHECK(taken["parent"] == delivery["span"]);
  CHECK(taken["links"].empty());
  CHECK(answer["trace"] == kCauseId);
}

AT_EVERY_DISTANCE("a reminder that rings begins a trace, linked to the turn that set it") {
  {
    const TraceScope scope(kCause);
    (void)distance.node().ref<Tracer>("a").remindIn([](auto p) { p.setMilliseconds(1); }).get();
  }

  const auto set = wait_for_span(distance, kCauseId, "Tracer.remindIn", "server");
  nlohmann::json effect;
  REQUIRE(eventually([&] {
    for (const auto& body : distance.ask_all("/traces/" + kCauseId)) {
      const auto told = nlohmann::json::parse(body);
      for (const auto& each : told["effects"]) effect = each;
    }
    return !effect.is_null();
  }));
  CHECK(effect["name"] == "Tracer.(reminder)");
  CHECK(effect["trace"] != kCauseId);
  CHECK(effect["parent"] == "");
  REQUIRE(effect["links"].size() == 1);
  CHECK(effect["links"][0]["trace"] == kCauseId);
  CHECK(effect["links"][0]["span"] == set["span"]);
}

TEST_CASE("a message of a turn that failed was never sent, and has no span") {
  Distance distance(Length::pointer);
  {
    const TraceScope scope(kCause);
    CHECK_THROWS_AS((void)distance.node()
                        .ref<Poster>("p")
                        .post([](auto p) {
                          p.setTo("l");
                          p.initAmounts(1).set(0, 7);
                          p.setEnding("error");
                        })
                        .get(),
                    Error);
  }

  (void)wait_for_span(distance, kCauseId, "Poster.post", "server");
  CHECK(named(spans_of(distance, kCauseId), "send Ledger.enter", "producer").empty());
}
