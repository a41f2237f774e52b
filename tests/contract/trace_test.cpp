// A trace travels from cause to effect: with calls, at every distance; with messages, answers and reminders, also over
// the end of a process.
#include <doctest/doctest.h>

#include "contract/distance.h"
#include "contract/tracer.h"

using namespace troupe;
using namespace troupe::contract;

namespace {

TraceContext trace_of(std::uint8_t mark) {
  TraceContext out;
  out.trace_id.fill(mark);
  out.span_id.fill(static_cast<std::uint8_t>(mark + 1));
  return out;  // not sampled: it travels as it is, and nothing is recorded below it
}

const TraceContext kTrace = trace_of(0xa0);
const std::string kShown = text(&kTrace);

Ref<Tracer> tracer(const Distance& distance, const std::string& key) { return distance.node().ref<Tracer>(key); }

std::vector<std::string> notes_of(const Distance& distance, const std::string& key) {
  auto reply = tracer(distance, key).notes().get();
  std::vector<std::string> out;
  for (auto note : reply->getNotes()) out.push_back(text(note));
  return out;
}

std::string shown(const Distance& distance, const std::string& key) {
  auto reply = tracer(distance, key).show().get();
  return text(reply->getTrace());
}

}  // namespace

AT_EVERY_DISTANCE("a call brings its trace to the turn that it becomes, and one without brings none") {
  CHECK(shown(distance, "a") == "none");
  {
    const TraceScope scope(kTrace);
    CHECK(shown(distance, "a") == kShown);
  }
  CHECK(shown(distance, "a") == "none");
}

AT_EVERY_DISTANCE("the calls that a turn makes belong to the turn's trace") {
  const auto show_of = [&](const std::string& key) {
    auto reply = tracer(distance, key).showOf([](auto p) { p.setTo("below"); }).get();
    return text(reply->getTrace());
  };
  const TraceScope scope(kTrace);

  CHECK(show_of("one") == kShown);
  CHECK(show_of("other") == kShown);
}

AT_EVERY_DISTANCE("a durable message and its answer belong to the trace of the turn that sent it") {
  {
    const TraceScope scope(kTrace);
    (void)tracer(distance, "sender").send([](auto p) { p.setTo("receiver"); }).get();
  }
  (void)tracer(distance, "other").send([](auto p) { p.setTo("third"); }).get();

  CHECK(eventually([&] { return notes_of(distance, "receiver") == std::vector<std::string>{kShown}; }));
  CHECK(eventually([&] { return notes_of(distance, "sender") == std::vector<std::string>{"answer " + kShown}; }));
  CHECK(eventually([&] { return notes_of(distance, "other") == std::vector<std::string>{"answer none"}; }));
  CHECK(notes_of(distance, "third") == std::vector<std::string>{"none"});
}

AT_EVERY_DISTANCE("a reminder belongs to the trace of the turn that set it, every time it rings") {
  {
    const TraceScope scope(kTrace);
    (void)tracer(distance, "a").remindEvery([](auto p) { p.setMilliseconds(20); }).get();
  }
  (void)tracer(distance, "b").remindIn([](auto p) { p.setMilliseconds(1); }).get();

  CHECK(eventually([&] { return notes_of(distance, "a").size() >= 2; }));
  for (const auto& note : notes_of(distance, "a")) CHECK(note == "reminder " + kShown);
  CHECK(eventually([&] { return notes_of(distance, "b") == std::vector<std::string>{"reminder none"}; }));
}

TEST_CASE("a trace in a message and a reminder outlives the kill of its node") {
  Distance distance(Length::processes);
  {
    const TraceScope scope(kTrace);
    (void)tracer(distance, "sleeper").remindIn([](auto p) { p.setMilliseconds(1000); }).get();
    (void)tracer(distance, "sender").send([](auto p) { p.setTo("held"); }).get();
  }
  distance.wait_for_arrivals("traced", 1);  // the message has arrived and is not taken: the next try reads its row

  distance.kill_owner();
  distance.start_owner();
  distance.wait_for_arrivals("traced", 1);
  distance.open("traced");

  CHECK(eventually([&] { return notes_of(distance, "held") == std::vector<std::string>{kShown}; }));
  CHECK(eventually([&] { return notes_of(distance, "sender") == std::vector<std::string>{"answer " + kShown}; }));
  CHECK(eventually([&] { return notes_of(distance, "sleeper") == std::vector<std::string>{"reminder " + kShown}; }));
}
