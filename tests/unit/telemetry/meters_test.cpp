// Meters: what is counted of turns and calls, by whom, and that it stays bounded.
#include "telemetry/meters.h"

#include <doctest/doctest.h>

#include <deque>
#include <thread>

#include "testing/manual_clock.h"
#include "troupe/service.h"

namespace troupe::telemetry {
namespace {

using namespace std::chrono_literals;

const MethodInfo kStockMethods[] = {{"reserve", 0, false, false, false, 0, nullptr, {}},
                                    {"level", 1, true, false, false, 0, nullptr, {}}};

ServiceInfo service_of(const char* name, std::uint64_t id) {
  return {name, "stock.capnp", id, 0, 0, 0, 0, 0, kStockMethods, 2, nullptr, nullptr};
}

class Nowhere final : public wire::CallSink {
 public:
  using CallSink::CallSink;
  void deliver(wire::EnvelopePtr) noexcept override {}
  void deliver_watched(wire::EnvelopePtr) noexcept override {}
};

// A node's meters, by a clock that the test moves.
struct Metering {
  Metering() { meters.here(3); }

  wire::EnvelopePtr call(const ServiceInfo& to, std::uint16_t method, const std::string& key = "a") {
    auto made = make_counted<wire::Envelope>();
    made->target = make_counted<wire::Address>(sink, to, to.id, key, PartitionId{0}, wire::Route::by_partition,
                                               std::uint16_t{0}, meters.number_of(to));
    made->method = method;
    made->went_to = std::uint16_t{3};
    return made;
  }
  // From its begin to its end, with a turn of a millisecond after two in the mailbox.
  void make(const ServiceInfo& to, std::uint16_t method, Metered caller, const Error* error = nullptr) {
    const auto one = call(to, method);
    meters.call_begins(*one, clock.now());
    meters.call_arrives(*one);
    clock.advance(2ms);
    const auto begun = origin.ticks.now();
    clock.advance(1ms);
    meters.turn_ends(*one, {one->target->metered, result_of(error), begun, origin.ticks.now()});
    if (error) one->error = std::make_unique<Error>(*error);
    meters.call_ends(*one, caller);
  }

  testing::ManualClock clock;
  wire::CallOrigin origin{clock, 10s, 1};
  Nowhere sink{origin};
  Meters meters{origin.ticks};
  const ServiceInfo stock = service_of("Stock", 11);
  const ServiceInfo order = service_of("Order", 12);
};

TEST_CASE("a call is counted by its caller, its method and its end, and its turn by the method") {
  Metering it;
  const Error refused(ErrorKind::refused, "out");

  it.make(it.stock, 0, kHost);
  it.make(it.stock, 0, it.meters.number_of(it.order), &refused);
  it.make(it.stock, 1, kOutside);

  const auto edges = it.meters.edges();
  REQUIRE(edges.size() == 3);
  CHECK(edges[0].caller == "(host)");
  CHECK(edges[0].method == "reserve");
  CHECK(edges[0].ended[0] == 1);
  CHECK(edges[0].place == Place::here);
  CHECK(edges[0].took.count == 1);
  CHECK(edges[0].took.sum == 3'000'000);
  CHECK(edges[1].caller == "(outside)");
  CHECK(edges[1].method == "level");
  CHECK(edges[2].caller == "Order");
  CHECK(edges[2].ended[static_cast<std::size_t>(ErrorKind::refused)] == 1);
  const auto methods = it.meters.methods();
  REQUIRE(methods.size() == 2);
  CHECK(methods[1].service == "Stock");
  CHECK(methods[1].method == "reserve");
  CHECK(methods[1].ended[0] == 1);
  CHECK(methods[1].ended[static_cast<std::size_t>(ErrorKind::refused)] == 1);
  CHECK(methods[1].waited.sum == 4'000'000);
  CHECK(methods[1].ran.sum == 2'000'000);
}

TEST_CASE("where a call went decides which edge it belongs to") {
  Metering it;
  for (const std::uint16_t member : {std::uint16_t{3}, std::uint16_t{4}, wire::kNowhere, wire::kAstray}) {
    const auto one = it.call(it.stock, 0);
    one->went_to = member;
    it.meters.call_begins(*one, it.clock.now());
    it.meters.call_ends(*one, kHost);
  }

  const auto edges = it.meters.edges();
  REQUIRE(edges.size() == 4);
  CHECK(edges[0].place == Place::nowhere);
  CHECK(edges[1].place == Place::here);
  CHECK(edges[2].place == Place::far);
  CHECK(edges[3].place == Place::several);
}

TEST_CASE("a call that its caller gives up counts by why, and nobody looks at what its callee has") {
  Metering it;
  const auto late = it.call(it.stock, 0), dropped = it.call(it.stock, 0);
  it.meters.call_begins(*late, it.clock.now());
  it.meters.call_begins(*dropped, it.clock.now());
  late->caller_error = std::make_unique<Error>(ErrorKind::deadline, "late");

  it.meters.call_ends(*late, kHost);
  it.meters.call_given_up(*dropped, kHost, ErrorKind::cancelled);

  const auto edges = it.meters.edges();
  REQUIRE(edges.size() == 1);
  CHECK(edges[0].ended[static_cast<std::size_t>(ErrorKind::deadline)] == 1);
  CHECK(edges[0].ended[static_cast<std::size_t>(ErrorKind::cancelled)] == 1);
  CHECK(edges[0].took.count == 2);
}

TEST_CASE("a million keys of a service add no series") {
  Metering it;
  for (int key = 0; key < 1'000'000; ++key) {
    const auto one = it.call(it.stock, 0, std::to_string(key));
    it.meters.call_begins(*one, it.clock.now());
    it.meters.turn_ends(*one, {one->target->metered, 0, 0, 0});
    it.meters.call_ends(*one, kHost);
  }

  REQUIRE(it.meters.edges().size() == 1);
  REQUIRE(it.meters.methods().size() == 1);
  CHECK(it.meters.edges()[0].ended[0] == 1'000'000);
  CHECK(it.meters.methods()[0].ended[0] == 1'000'000);
}

struct ManyServices {
  explicit ManyServices(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) names.push_back("Service" + std::to_string(i));
    for (std::size_t i = 0; i < count; ++i) all.push_back(service_of(names[i].c_str(), 1'000 + i));
  }
  std::deque<std::string> names;
  std::deque<ServiceInfo> all;
};

TEST_CASE("services past the limit are counted together, as (other)") {
  const ManyServices services(limits::kMaxMeteredServices + 5);
  Metering it;

  for (const auto& one : services.all) it.make(one, 0, kHost);

  const auto methods = it.meters.methods();
  CHECK(methods.size() == limits::kMaxMeteredServices + 1);
  CHECK(methods[0].service == "(other)");
  CHECK(methods[0].ended[0] == 5);
  CHECK(it.meters.number_of(services.all.front()) == kFirstService);
  CHECK(it.meters.number_of(services.all.back()) == kOther);
}

TEST_CASE("edges past the limit are counted together, as (other)") {
  const ManyServices services(40);
  Metering it;

  for (const auto& caller : services.all)
    for (const auto& callee : services.all) it.make(callee, 0, it.meters.number_of(caller));

  const auto edges = it.meters.edges();
  CHECK(edges.size() == limits::kMaxMeteredEdges + 1);
  const auto other = std::find_if(edges.begin(), edges.end(), [](const auto& one) { return one.caller == "(other)"; });
  REQUIRE(other != edges.end());
  CHECK(other->ended[0] == 40 * 40 - limits::kMaxMeteredEdges);
}

TEST_CASE("what is rare is measured whole, and of what is often one in many counts for as many") {
  Metering it;
  using Counts = std::pair<std::uint64_t, std::uint64_t>;
  const auto measured = [&](std::uint32_t calls) {
    Counts weights_and_calls;
    for (std::uint32_t i = 0; i < calls; ++i) {
      const auto one = it.call(it.stock, 0);
      it.meters.call_begins(*one, it.clock.now());
      weights_and_calls.first += one->weight;
      weights_and_calls.second += one->weight != 0 ? 1 : 0;
    }
    return weights_and_calls;
  };

  CHECK(measured(Meters::kAllOf) == Counts(Meters::kAllOf, Meters::kAllOf));
  const auto [weights, some] = measured(10'000 * Meters::kOneIn);
  CHECK(some > 9'900);
  CHECK(some < 10'100);
  CHECK(weights == some * Meters::kOneIn);
  it.clock.advance(Meters::kWindow);
  CHECK(measured(10) == Counts(10, 10));
}

TEST_CASE("a call that is not measured where it began is not measured where it arrives") {
  Metering it;
  const auto local = it.call(it.stock, 0), from_link = it.call(it.stock, 0);
  from_link->from_link = true;

  it.meters.call_arrives(*local);
  it.meters.call_arrives(*from_link);

  CHECK(local->weight == 0);
  CHECK(local->arrived_at == 0);
  CHECK(from_link->weight == 1);
  CHECK(from_link->arrived_at != 0);
}

TEST_CASE("threads count side by side, past the limit in one shard, and nothing is lost") {
  Metering it;
  constexpr std::size_t kThreads = limits::kMaxMeterThreads + 9;
  constexpr std::uint64_t kCalls = 2'000;
  std::vector<std::thread> threads;
  std::atomic<std::size_t> counting{0};
  for (std::size_t i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      const auto one = it.call(it.stock, 0);
      for (std::uint64_t n = 0; n < kCalls; ++n) {
        it.meters.turn_ends(*one, {one->target->metered, 0, 0, 0});
        it.meters.call_ends(*one, kHost);
      }
      ++counting;
      while (counting < kThreads) std::this_thread::yield();  // or a later thread could have the number of this one
    });
  }
  for (auto& thread : threads) thread.join();

  REQUIRE(it.meters.edges().size() == 1);
  CHECK(it.meters.edges()[0].ended[0] == kThreads * kCalls);
  CHECK(it.meters.methods()[0].ended[0] == kThreads * kCalls);
  CHECK(it.meters.threads() == limits::kMaxMeterThreads);
  CHECK(it.meters.lost() == 0);
}

TEST_CASE("a thread that counts for two nodes counts for each") {
  Metering one, other;

  for (int i = 0; i < 3; ++i) {
    one.make(one.stock, 0, kHost);
    other.make(other.stock, 1, kHost);
  }

  CHECK(one.meters.edges().at(0).ended[0] == 3);
  CHECK(one.meters.edges().at(0).method == "reserve");
  CHECK(other.meters.edges().at(0).ended[0] == 3);
  CHECK(other.meters.edges().at(0).method == "level");
}

TEST_CASE("what an actor does without a call, and what is committed, is counted under its service") {
  Metering it;
  const auto work = it.call(it.stock, wire::kNoMethod);
  const Metered stock = work->target->metered;
  it.meters.weigh(*work, it.clock.now());
  const auto ended = it.origin.ticks.now();
  it.meters.turn_ends(*work, {stock, kCrashed, ended, ended});
  it.clock.advance(5ms);

  it.meters.committed({stock, wire::kNoMethod, work->weight, ended});

  const auto methods = it.meters.methods();
  REQUIRE(methods.size() == 1);
  CHECK(methods[0].method == "(own)");
  CHECK(methods[0].ended[kCrashed] == 1);
  CHECK(methods[0].commits.sum == 5'000'000);
  CHECK(methods[0].waited.count == 0);
}

}  // namespace
}  // namespace troupe::telemetry
