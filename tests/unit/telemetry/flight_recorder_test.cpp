// The flight recorder over envelopes made by hand.
#include "telemetry/flight_recorder.h"

#include <doctest/doctest.h>

#include <atomic>
#include <cstring>
#include <thread>

#include "base/observer.h"
#include "testing/manual_clock.h"
#include "troupe/service.h"

namespace troupe::telemetry {
using testing::ManualClock;
namespace {

using namespace std::chrono_literals;

const MethodInfo kCounterMethods[] = {{.name = "add", .ordinal = 0}, {.name = "take", .ordinal = 1}};
const ServiceInfo kCounter{.name = "Counter", .id = 1, .methods = kCounterMethods, .method_count = 2};
const ServiceInfo kShop{.name = "Shop", .id = 2, .methods = kCounterMethods, .method_count = 2};

class NoWayBack final : public wire::CallSink {
 public:
  using CallSink::CallSink;
  void deliver(wire::EnvelopePtr) noexcept override {}
  void deliver_watched(wire::EnvelopePtr) noexcept override {}
};

// A node's time and calls.
struct Desk {
  ManualClock clock;
  TickClock ticks{clock};
  wire::CallOrigin origin{clock, 1s, 1};
  NoWayBack sink{origin};

  wire::AddressPtr address(const std::string& key, const ServiceInfo& service = kCounter) {
    return make_counted<wire::Address>(sink, service, service.id, key, PartitionId{0});
  }
  wire::EnvelopePtr call(const wire::AddressPtr& whom, std::uint64_t number, std::size_t words = 1) {
    auto out = make_counted<wire::Envelope>();
    out->target = whom;
    out->id = {7, number};
    auto list = out->params.build().initAs<capnp::List<std::uint64_t>>(static_cast<unsigned>(words));
    for (unsigned i = 0; i < words; ++i) list.set(i, number);
    return out;
  }
  // A turn of that call which takes so long.
  void turn(FlightRecorder& recorder, wire::Envelope& call, TurnOutcome outcome = TurnOutcome::answered,
            std::chrono::nanoseconds takes = 1us, const Error* error = nullptr) {
    const auto begun = ticks.now();
    const auto place = recorder.begin(call, begun, clock.now());
    clock.advance(takes);
    recorder.end(place, call, begun, clock.now(), {static_cast<std::uint8_t>(outcome), error, true});
  }
};

constexpr FlightRecorderOptions kSmall{.bytes = limits::kMinRecorderBytes, .input_bytes = 64};

TEST_CASE("a turn is noted with who called, what with, how long and how it ended") {
  Desk desk;
  FlightRecorder recorder(desk.ticks, kSmall, 1);
  auto call = desk.call(desk.address("c-1"), 5);
  call->parent = desk.call(desk.address("s-1", kShop), 4);
  call->caller = make_counted<SharedCaller>(Caller{.name = "ann"});
  const Error refused(ErrorKind::refused, "no", "no");

  desk.turn(recorder, *call, TurnOutcome::refused, 3us, &refused);

  const auto events = recorder.read({});
  REQUIRE(events.size() == 1);
  const TurnEvent& event = events[0];
  CHECK(event.service == &kCounter);
  CHECK(event.key == "c-1");
  CHECK(event.method == 0);
  CHECK(event.request == RequestId{7, 5});
  CHECK(desk.ticks.between(event.begun, event.ended) == 3us);
  CHECK(event.outcome == static_cast<std::uint8_t>(TurnOutcome::refused));
  CHECK(event.error == static_cast<std::uint8_t>(ErrorKind::refused));
  CHECK(event.edited);
  CHECK(event.caller == &kShop);
  CHECK(event.caller_key == "s-1");
  CHECK(event.who == "ann");
  REQUIRE(event.input.size() == 1);
  CHECK(event.input[0].back() == 5);
}

TEST_CASE("a turn that has not ended is seen as begun") {
  Desk desk;
  FlightRecorder recorder(desk.ticks, kSmall, 1);
  auto call = desk.call(desk.address("c-1"), 5);

  (void)recorder.begin(*call, desk.ticks.now(), desk.clock.now());

  const auto events = recorder.read({});
  REQUIRE(events.size() == 1);
  CHECK(events[0].outcome == kBegun);
  CHECK(events[0].ended == 0);
}

TEST_CASE("parameters that are larger than is kept are noted by their size") {
  Desk desk;
  FlightRecorder recorder(desk.ticks, kSmall, 1);

  desk.turn(recorder, *desk.call(desk.address("c-1"), 5, 100));

  const auto events = recorder.read({});
  REQUIRE(events.size() == 1);
  CHECK(events[0].input.empty());
  CHECK(events[0].input_bytes >= 800);
}

TEST_CASE("the newest turns take the place of the oldest, and the memory stays as it is") {
  Desk desk;
  FlightRecorder recorder(desk.ticks, kSmall, 2);
  const std::size_t before = recorder.bytes();
  const auto whom = desk.address("c-1");

  for (std::uint64_t i = 1; i <= 10'000; ++i) desk.turn(recorder, *desk.call(whom, i));

  const auto events = recorder.read({.limit = 10});
  REQUIRE(events.size() == 10);
  CHECK(events[0].request.lo == 10'000);
  CHECK(events[9].request.lo == 9'991);
  CHECK(recorder.read({.limit = 100'000}).size() < 1'000);
  CHECK(recorder.bytes() == before);
  CHECK(before <= limits::kMinRecorderBytes);
}

TEST_CASE("turns that failed, crashed or took long are not swept away by those that follow") {
  Desk desk;
  FlightRecorder recorder(desk.ticks, kSmall, 1);
  const auto bad = desk.address("bad"), slow = desk.address("slow"), busy = desk.address("busy");
  const Error failed(ErrorKind::failed, "it crashed");
  desk.turn(recorder, *desk.call(bad, 1), TurnOutcome::crashed, 1us, &failed);
  desk.turn(recorder, *desk.call(slow, 2), TurnOutcome::answered, limits::kRecorderSlowTurn);

  for (std::uint64_t i = 10; i <= 10'000; ++i) desk.turn(recorder, *desk.call(busy, i));

  CHECK(recorder.read({.service = "Counter", .key = "bad"}).size() == 1);
  CHECK(recorder.read({.service = "Counter", .key = "slow"}).size() == 1);
}

TEST_CASE("a turn that ends on another thread than it began on is seen once, as it ended") {
  Desk desk;
  FlightRecorder recorder(desk.ticks, kSmall, 2);
  auto call = desk.call(desk.address("c-1"), 5);
  const auto begun = desk.ticks.now();
  const auto place = recorder.begin(*call, begun, desk.clock.now());

  std::thread([&] {
    recorder.end(place, *call, begun, desk.clock.now(), {.outcome = static_cast<std::uint8_t>(TurnOutcome::answered)});
  }).join();

  const auto events = recorder.read({});
  REQUIRE(events.size() == 1);
  CHECK(events[0].outcome == static_cast<std::uint8_t>(TurnOutcome::answered));
}

TEST_CASE("a turn whose slot was taken by later ones is noted anew when it ends") {
  Desk desk;
  FlightRecorder recorder(desk.ticks, kSmall, 1);
  auto call = desk.call(desk.address("c-1"), 5);
  const auto begun = desk.ticks.now();
  const auto place = recorder.begin(*call, begun, desk.clock.now());
  for (std::uint64_t i = 10; i <= 2'000; ++i) desk.turn(recorder, *desk.call(desk.address("busy"), i));

  recorder.end(place, *call, begun, desk.clock.now(), {.outcome = static_cast<std::uint8_t>(TurnOutcome::answered)});

  const auto events = recorder.read({.service = "Counter", .key = "c-1"});
  REQUIRE(events.size() == 1);
  CHECK(events[0].begun == begun);
}

TEST_CASE("keys of any length are told apart, and kept as far as there is room") {
  Desk desk;
  FlightRecorder recorder(desk.ticks, kSmall, 1);
  const std::string longest(256, 'k');
  std::string other = longest;
  other.back() = 'x';

  desk.turn(recorder, *desk.call(desk.address(longest), 1));
  desk.turn(recorder, *desk.call(desk.address(other), 2));

  const auto events = recorder.read({.service = "Counter", .key = longest});
  REQUIRE(events.size() == 1);
  CHECK(events[0].request.lo == 1);
  CHECK(events[0].key == std::string(FlightRecorder::kMostKeyBytes, 'k'));
  CHECK(events[0].key_bytes == 256);
}

TEST_CASE("whoever reads while turns run sees only whole ones, also of threads that share a ring") {
  Desk desk;
  FlightRecorder recorder(desk.ticks, kSmall, 1);
  std::atomic<bool> stop{false};
  std::vector<std::thread> threads;
  for (std::uint64_t t = 0; t < 3; ++t) {
    threads.emplace_back([&, t] {
      const std::string key = "c-" + std::to_string(t);
      const auto whom = desk.address(key);
      for (std::uint64_t i = 0; !stop; ++i) {
        auto call = desk.call(whom, i, 4);
        const auto begun = desk.ticks.now();
        const auto place = recorder.begin(*call, begun, TimePoint{});
        recorder.end(place, *call, begun, TimePoint{}, {.outcome = static_cast<std::uint8_t>(TurnOutcome::crashed)});
      }
    });
  }
  std::size_t seen = 0;
  while (seen < 20'000) {
    for (const TurnEvent& event : recorder.read({.limit = 1'000})) {
      ++seen;
      REQUIRE(event.key.size() == 3);
      REQUIRE(event.input.size() == 1);
      for (std::size_t i = 1; i <= 4; ++i) REQUIRE(event.input[0][i] == event.request.lo);
    }
  }
  stop = true;
  for (auto& thread : threads) thread.join();
}

}  // namespace
}  // namespace troupe::telemetry
