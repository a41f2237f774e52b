// Sagas on a node whose wall clock is set: none is stuck, none repeats an effect, none waits longer or shorter.
#include <doctest/doctest.h>
#include <troupe/testing.h>

#include "trip.h"

namespace {

using namespace trip_test;
using troupe::testing::TestNode;

// As Stand, on a clock that the test moves.
class TimedStand {
 public:
  explicit TimedStand(std::function<Flow<>(Trip&)> flow) {
    plan.flow = std::move(flow);
    plan.till_unavailable = plan.till_crashes = plan.returns_unavailable = 0;
    node.emplace([this](troupe::Node& host) {
      host.host<Trip>(std::function([this] { return std::make_unique<Trip>(plan); }));
      host.host<Till>(std::function([this] { return std::make_unique<Till>(plan); }));
    });
  }
  Phase phase() { return at_once(node->ref<trip::Trip>("a").progress().get(5s))->getSaga().getPhase(); }
  void begin() { (void)node->ref<trip::Trip>("a").begin().get(5s); }
  // So many that Till forgets what it answered before.
  void others_take() {
    for (int i = 0; i < 60; ++i)
      (void)node->ref<trip::Till>("t").take([](auto p) { p.setCents(1), p.setWhat("other"); }).get(5s);
  }
  std::uint64_t taken() { return at_once(node->ref<trip::Till>("t").view().get(5s))->getTaken(); }

  Plan plan;
  std::optional<TestNode> node;
};

Flow<> one_step(Trip& t) {
  co_await t.step("a", [&t] { return t.take(100, "a"); });
}

}  // namespace

TEST_CASE("a clock that is set while a step is tried again neither holds it up nor makes its saga stuck") {
  for (const auto step : {1h, -1h}) {
    for (const bool restarted : {false, true}) {
      CAPTURE(step.count());
      CAPTURE(restarted);
      TimedStand stand(one_step);
      stand.node->member().set_wall_clock(1h);
      stand.others_take();
      stand.node->clock().advance(1s);
      stand.plan.till_unavailable = 2;
      stand.begin();
      stand.node->settle();

      stand.node->member().set_wall_clock(1h + step);
      if (restarted) stand.node->restart();
      const bool done = stand.node->eventually([&] { return stand.phase() == Phase::DONE; }, 1min);

      CHECK(done);
      CHECK(stand.taken() == 160);
    }
  }
}

TEST_CASE("a sleep is neither longer nor shorter for a clock that is set meanwhile") {
  for (const auto step : {1h, -1h}) {
    CAPTURE(step.count());
    TimedStand stand([](Trip& t) -> Flow<> { co_await t.sleep(20s); });
    stand.begin();
    stand.node->settle();

    stand.node->member().set_wall_clock(step);
    stand.node->clock().advance(19s);
    CHECK(stand.phase() == Phase::RUNNING);
    stand.node->clock().advance(2s);

    CHECK(stand.phase() == Phase::DONE);
  }
}

TEST_CASE("a step's deadline is counted in time that passes, not by the clock") {
  TimedStand stand([](Trip& t) -> Flow<> {
    auto take = t.step("a", [&t] { return t.take(100, "a"); }).deadline(60s);
    co_await take;
  });
  stand.plan.till_unavailable = 3;
  stand.begin();
  stand.node->settle();

  stand.node->member().set_wall_clock(1h);

  CHECK(stand.node->eventually([&] { return stand.phase() == Phase::DONE; }, 1min));
}
