// Time that the test moves.
#include "contract/kit/stage.h"

using namespace troupe;
using namespace troupe::contract;

namespace {

void remind_in(TestNode& node, std::chrono::milliseconds time) {
  (void)node.ref<Sleeper>("s").remindIn([&](auto p) { p.setName("r"), p.setMilliseconds(time.count()); }).get();
}

}  // namespace

TEST_CASE("a reminder rings when the clock was moved to its time, and not before") {
  auto node = cast_node();
  remind_in(node, 24h);

  node.clock().advance(24h - 1ms);
  CHECK(rings(node.node(), "s") == 0);
  node.clock().advance(1ms);

  CHECK(rings(node.node(), "s") == 1);
}

TEST_CASE("what comes round comes as often as the time that passed has room for") {
  auto node = cast_node();
  (void)node.ref<Sleeper>("s").remindEvery([](auto p) { p.setName("r"), p.setMilliseconds(60'000); }).get();

  node.clock().advance(5min);

  CHECK(rings(node.node(), "s") == 5);
}

TEST_CASE("timers and sleeps in memory go by the clock") {
  auto node = cast_node();
  (void)node.ref<Desk>("d").startTimers().get();
  node.settle();
  CHECK(node.ref<Desk>("d").ticks().get()->getOnce() == 0);

  node.clock().advance(100ms);

  auto ticks = node.ref<Desk>("d").ticks().get();
  CHECK(ticks->getOnce() == 1);
  CHECK(ticks->getEvery() > 10);
}

TEST_CASE("the wall clock of actors and of the test are one, and it stands still") {
  auto node = cast_node();
  const auto before = node.clock().now();
  remind_in(node, 0ms);
  node.settle();
  node.clock().advance(36h);

  CHECK(node.clock().now() == before + 36h);
  const auto rang = at_once(node.ref<Sleeper>("s").rings().get())->getRings()[0].getAtMs();
  CHECK(std::chrono::system_clock::time_point(std::chrono::milliseconds(rang)) == before);
}

TEST_CASE("a call's deadline passes when the clock is moved past it") {
  auto node = cast_node();
  Asked asked(node.ref<Desk>("d").count([](auto p) { p.setLatch("shut"); }));
  node.clock().advance(9s);
  CHECK_FALSE(asked.ended());

  node.clock().advance(1100ms);

  const auto error = asked.error();
  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::deadline);
}

TEST_CASE("an actor that crashes again and again waits by the clock for its restart") {
  auto node = cast_node();
  for (int i = 0; i < 2; ++i) {
    node.crash_next_turn({"Account", "a"});
    CHECK(error_from([&] { add(node.node(), "a", 1); })->kind() == ErrorKind::failed);
  }
  Asked asked(node.ref<Account>("a").add([](auto p) { p.setAmount(1); }));
  node.settle();
  CHECK_FALSE(asked.ended());

  node.clock().advance(1s);

  CHECK_FALSE(asked.error());
}

TEST_CASE("an actor that nobody calls is passivated when the clock says so") {
  auto node = cast_node();
  CHECK(count(node.node(), "d") == 1);
  node.clock().advance(1s);
  CHECK(count(node.node(), "d") == 2);

  node.clock().advance(2min);

  CHECK(count(node.node(), "d") == 1);
}

TEST_CASE("to settle is to have done all that can be done without time") {
  auto node = cast_node();
  (void)node.ref<Poster>("p")
      .post([](auto p) {
        p.setTo("l");
        auto amounts = p.initAmounts(500);
        for (unsigned i = 0; i < 500; ++i) amounts.set(i, i + 1'000);
      })
      .get();

  node.settle();

  node.expect_state<LedgerState>({"Ledger", "l"}, [](auto state) { return state.getEntries().size() == 500; });
}

TEST_CASE("to settle is to wait for work on threads that block") {
  auto node = cast_node();
  Asked asked(node.ref<Desk>("d").block([](auto p) { p.setValue(1); }));

  node.settle();

  CHECK(asked.ended());
}

TEST_CASE("a condition that comes true in an hour is waited for in no time") {
  auto node = cast_node();
  remind_in(node, 1h);
  const auto rang = [&] { return rings(node.node(), "s") == 1; };

  CHECK_FALSE(node.eventually(rang, 59min));
  CHECK(node.eventually(rang, 2min));
}

TEST_CASE("a call that takes its time is finished by moving the clock") {
  auto node = cast_node();

  const auto before = node.clock().now();
  (void)node.finish(node.ref<Desk>("d").nap([](auto p) { p.setMilliseconds(5'000); }));

  CHECK(node.clock().now() == before + 5s);
  CHECK_THROWS_AS((void)node.finish(node.ref<Desk>("e").count([](auto p) { p.setLatch("shut"); }), 1s), Failure);
}

TEST_CASE("a clock that runs lets time pass by itself, and can be moved ahead all the same") {
  auto node = cast_node({}, Time::runs);
  remind_in(node, 20ms);

  CHECK(testing::eventually([&] { return rings(node.node(), "s") == 1; }));
  remind_in(node, 1h);
  node.clock().advance(1h);
  CHECK(rings(node.node(), "s") == 2);
}

TEST_CASE("time does not go back") {
  auto node = cast_node();
  CHECK_THROWS_AS(node.clock().advance(-1ms), Failure);
}
