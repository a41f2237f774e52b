// Timers, sleeping turns, blocking work, and actors that are passivated.
#include <doctest/doctest.h>

#include "contract/distance.h"

using namespace troupe;
using namespace troupe::contract;

AT_EVERY_DISTANCE("after() runs once, every() again and again until it is cancelled") {
  const auto desk = distance.desk("d");
  (void)desk.startTimers().get();

  CHECK(eventually([&] { return desk.ticks().get()->getEvery() >= 5; }));
  CHECK(eventually([&] { return desk.ticks().get()->getOnce() == 1; }));
  (void)desk.cancelTimers().get();
  (void)desk.nap([](auto p) { p.setMilliseconds(10); }).get();
  const auto ticks = desk.ticks().get()->getEvery();
  (void)desk.nap([](auto p) { p.setMilliseconds(30); }).get();

  CHECK(desk.ticks().get()->getEvery() == ticks);
  CHECK(desk.ticks().get()->getOnce() == 1);
}

AT_EVERY_DISTANCE("timers are gone with the activation that crashed") {
  const auto desk = distance.desk("d");
  (void)desk.startTimers().get();
  CHECK(eventually([&] { return desk.ticks().get()->getEvery() >= 2; }));

  CHECK(error_of([&] { return desk.crash().get(); }).kind() == ErrorKind::failed);
  (void)desk.nap([](auto p) { p.setMilliseconds(30); }).get();

  CHECK(desk.ticks().get()->getEvery() == 0);
}

AT_EVERY_DISTANCE("sleep_for waits as long as it says, to the grain of the clock") {
  auto reply = distance.desk("d").nap([](auto p) { p.setMilliseconds(40); }).get();

  CHECK(reply->getSleptMilliseconds() >= 35);
  CHECK(reply->getSleptMilliseconds() < 5000);
}

AT_EVERY_DISTANCE("blocking() brings its result back into the turn") {
  CHECK(distance.desk("d").block([](auto p) { p.setValue(21); }).get()->getValue() == 42);
}

AT_EVERY_DISTANCE("what blocking() throws arrives in the turn") {
  const auto block = [&](const char* ending) {
    return error_of([&] { return distance.desk("d").block([&](auto p) { p.setEnding(ending); }).get(); });
  };

  CHECK(block("refuse").code() == "told_to");
  CHECK(block("crash").kind() == ErrorKind::failed);
  CHECK(distance.desk("d").block([](auto p) { p.setValue(1); }).get()->getValue() == 2);
}

TEST_CASE("blocking() work for which there is no room any more is refused in its turn as overloaded") {
  Distance distance(Length::pointer, [](NodeConfig& config) {
    config.max_mailbox = 20'000;  // the calls themselves have room, however late a worker comes
    config.overload.target = 0ms;
  });
  blocking_may_end() = false;
  std::vector<std::future<Reply<Desk::BlockBesideResults>>> calls;
  // Of two actors: one alone has no more turns at once than may wait here.
  for (int i = 0; i < 10'100; ++i) calls.push_back(distance.desk(i % 2 == 0 ? "d" : "e").blockBeside().future());

  int done = 0, overloaded = 0;
  for (auto& call : calls) {
    const auto reply = text(at_once(call.get())->getKind());
    done += reply == "done";
    overloaded += reply == "overloaded";
  }

  CHECK(done >= 10'000);
  CHECK(overloaded >= 1);
  CHECK(done + overloaded == 10'100);
}

TEST_CASE("an actor that has been idle is passivated, and comes back with its state") {
  Distance distance(Length::bytes, [](NodeConfig& config) { config.idle_after = 40ms; });
  distance.add("a", 5);
  (void)distance.desk("d").count([](auto) {}).get();
  (void)distance.desk("timed").startTimers().get();

  (void)distance.desk("other").nap([](auto p) { p.setMilliseconds(300); }).get();

  CHECK(distance.balance("a") == 5);
  CHECK(distance.desk("d").calls().get()->getCalls() == 0);  // what only memory held is gone
  CHECK(distance.desk("timed").ticks().get()->getOnce() == 1);
  distance.add("a", 1);
  CHECK(distance.balance("a") == 6);
}

TEST_CASE("a turn that waits is not passivated") {
  Distance distance(Length::pointer, [](NodeConfig& config) { config.idle_after = 20ms; });

  auto reply = distance.desk("d").nap([](auto p) { p.setMilliseconds(200); }).get();

  CHECK(reply->getSleptMilliseconds() >= 190);
}
