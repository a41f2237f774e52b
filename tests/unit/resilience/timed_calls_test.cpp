// Calls that wait for their moment.
#include "resilience/timed_calls.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "troupe/service.h"

using namespace troupe;
using namespace troupe::resilience;
using namespace std::chrono_literals;

namespace {

constexpr MethodInfo kClerkMethods[] = {{"look", 0, true, false, false, 0, nullptr, {}}};
constexpr ServiceInfo kClerk{"Clerk", "clerk.capnp", 7, 0, 0, 0, 0, 0, kClerkMethods, 1, nullptr, nullptr};

class SilentSink final : public wire::CallSink {
 public:
  SilentSink() : CallSink(origin_) {}
  void deliver(wire::EnvelopePtr) noexcept override {}
  void deliver_watched(wire::EnvelopePtr) noexcept override {}

 private:
  wire::CallOrigin origin_{system_clock(), 1000ms, 1};
};

struct Waiting {
  wire::EnvelopePtr call() {
    auto made = make_counted<wire::Envelope>();
    made->target = make_counted<wire::Address>(sink, kClerk, kClerk.id, "a", PartitionId{0});
    return made;
  }
  std::optional<TimedCalls::Place> add(std::chrono::milliseconds at, const std::string& name) {
    return calls.add(TimePoint(at), call(), [this, name](wire::EnvelopePtr) { went.push_back(name); });
  }
  SilentSink sink;
  TimedCalls calls{3};
  std::vector<std::string> went;
};

}  // namespace

TEST_CASE("calls go when their time has come, the earliest first, and it is told when the next one is due") {
  Waiting waiting;
  (void)waiting.add(300ms, "last");
  (void)waiting.add(100ms, "first");
  (void)waiting.add(200ms, "second");

  CHECK(waiting.calls.look(TimePoint(99ms)) == TimePoint(100ms));
  CHECK(waiting.went.empty());
  CHECK(waiting.calls.look(TimePoint(200ms)) == TimePoint(300ms));
  CHECK(waiting.went == std::vector<std::string>{"first", "second"});
  CHECK(waiting.calls.look(TimePoint::max()) == TimePoint::max());
  CHECK(waiting.calls.size() == 0);
}

TEST_CASE("whoever looks is woken for a call that is earlier than what it waits for, once, and for no other") {
  Waiting waiting;
  int woken = 0;
  waiting.calls.wake_with([&] { ++woken; });

  (void)waiting.add(200ms, "a");
  CHECK(woken == 1);
  (void)waiting.add(100ms, "b");  // it has not looked yet
  CHECK(woken == 1);
  CHECK(waiting.calls.look(TimePoint(0ms)) == TimePoint(100ms));
  (void)waiting.add(150ms, "c");
  CHECK(woken == 1);
  CHECK(waiting.calls.look(TimePoint(100ms)) == TimePoint(150ms));
  (void)waiting.add(120ms, "d");
  CHECK(woken == 2);
}

TEST_CASE("as many calls wait as may, and what is taken out makes room and goes nowhere") {
  Waiting waiting;
  const auto place = waiting.add(100ms, "a");
  (void)waiting.add(100ms, "b");
  (void)waiting.add(100ms, "c");
  CHECK(!waiting.add(100ms, "d"));

  waiting.calls.remove(*place);
  waiting.calls.remove(*place);
  CHECK(waiting.add(100ms, "d"));

  (void)waiting.calls.look(TimePoint(100ms));
  CHECK(waiting.went == std::vector<std::string>{"b", "c", "d"});
}

TEST_CASE("a node that stops answers those that wait, and none waits afterwards") {
  Waiting waiting;
  const auto call = waiting.call();
  (void)waiting.calls.add(TimePoint(100ms), call, [](wire::EnvelopePtr) { FAIL("it went"); });

  waiting.calls.close();

  REQUIRE(call->settled());
  REQUIRE(call->error);
  CHECK(call->error->kind() == ErrorKind::unavailable);
  CHECK(!waiting.add(200ms, "late"));
  CHECK(waiting.calls.size() == 0);
}
