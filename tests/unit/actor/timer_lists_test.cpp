// The timers of one actor: which turn wakes, which work waits for the actor, and who has its turn.
#include <doctest/doctest.h>

#include <chrono>
#include <memory>
#include <string>

#include "actor/timers.h"

using namespace troupe;
using namespace troupe::actor;
using namespace std::chrono_literals;

namespace {

// Says what is done.
struct TimersOfOne {
  Timers::Work work(const std::string& name) {
    return [this, name]() -> Task<> {
      done += name;
      return {};
    };
  }
  std::unique_ptr<Turn> sleeper(std::chrono::seconds until) {
    auto turn = std::make_unique<Turn>(nullptr, make_counted<wire::Envelope>(), TurnKind::reentrant, 1, TimePoint{});
    turn->sleeps.push_back(timers.add_sleep(TimePoint{until}, {turn.get(), {}}));
    return turn;
  }
  // Everything that is due does its work.
  void work_off(TimePoint now) {
    CHECK_FALSE(timers.wake_next(now));
    while (timers.work_is_due()) {
      if (const auto taken = timers.take_work(now)) (void)(*taken)();
    }
  }

  Timers timers;
  std::string done;
};

}  // namespace

TEST_CASE("work waits for its time and then for the actor, in the order of its time") {
  TimersOfOne actor;
  (void)actor.timers.add_work(TimePoint{2s}, 0s, actor.work("later "));
  (void)actor.timers.add_work(TimePoint{1s}, 0s, actor.work("sooner "));
  CHECK(actor.timers.earliest() == TimePoint{1s});
  actor.work_off(TimePoint{0s});
  CHECK(actor.done.empty());

  actor.work_off(TimePoint{3s});
  CHECK(actor.done == "sooner later ");
  CHECK(actor.timers.empty());
  CHECK(actor.timers.earliest() == TimePoint::max());
}

TEST_CASE("work without a time is due at once, behind what is due already") {
  TimersOfOne actor;
  (void)actor.timers.add_work(TimePoint{1s}, 0s, actor.work("timed "));
  CHECK_FALSE(actor.timers.wake_next(TimePoint{1s}));
  (void)actor.timers.add_due(actor.work("next "));

  actor.work_off(TimePoint{1s});
  CHECK(actor.done == "timed next ");
}

TEST_CASE("work that comes again does so a period after its turn, until it is cancelled") {
  TimersOfOne actor;
  const auto timer = actor.timers.add_work(TimePoint{1s}, 10s, actor.work("again "));

  actor.work_off(TimePoint{3s});
  CHECK(actor.timers.earliest() == TimePoint{13s});
  actor.work_off(TimePoint{13s});
  CHECK(actor.done == "again again ");

  actor.timers.cancel_work(timer);
  CHECK(actor.timers.empty());
}

TEST_CASE("work that is cancelled while it is due is not done, and holds up no other") {
  TimersOfOne actor;
  const auto timer = actor.timers.add_due(actor.work("cancelled "));
  (void)actor.timers.add_due(actor.work("kept "));

  actor.timers.cancel_work(timer);
  CHECK_FALSE(actor.timers.take_work(TimePoint{}));
  actor.work_off(TimePoint{});
  CHECK(actor.done == "kept ");

  actor.timers.cancel_work(actor.timers.add_due(actor.work("cancelled ")));
  CHECK_FALSE(actor.timers.empty());  // until it has been passed over
  actor.work_off(TimePoint{});
  CHECK(actor.timers.empty());
}

TEST_CASE("turns that slept long enough go on in the order of their time, and are asleep no more") {
  TimersOfOne actor;
  const auto late = actor.sleeper(3s), second = actor.sleeper(2s), first = actor.sleeper(1s);
  (void)actor.timers.add_work(TimePoint{1s}, 0s, actor.work("work "));

  CHECK(actor.timers.wake_next(TimePoint{2s})->turn == first.get());
  CHECK(first->sleeps.empty());
  CHECK(actor.timers.wake_next(TimePoint{2s})->turn == second.get());
  CHECK_FALSE(actor.timers.wake_next(TimePoint{2s}));
  CHECK(late->sleeps.size() == 1);
  CHECK(actor.timers.work_is_due());
  CHECK(actor.timers.earliest() == TimePoint{3s});
}

TEST_CASE("an actor can cancel its work and no turn's sleep") {
  TimersOfOne actor;
  const auto turn = actor.sleeper(1s);

  actor.timers.cancel_work(turn->sleeps.front());
  CHECK_FALSE(actor.timers.empty());
  actor.timers.forget_sleeps(*turn);
  CHECK(actor.timers.empty());
}

TEST_CASE("when work and a call wait they take turns, whoever was first") {
  TimersOfOne actor;
  for (int i = 0; i < 4; ++i) (void)actor.timers.add_due(actor.work("work "));
  CHECK(actor.timers.work_goes_first(true));
  (void)actor.timers.take_work(TimePoint{});
  CHECK_FALSE(actor.timers.work_goes_first(true));
  CHECK(actor.timers.work_goes_first(true));
  (void)actor.timers.take_work(TimePoint{});

  CHECK(actor.timers.work_goes_first(false));  // no call waits
  (void)actor.timers.take_work(TimePoint{});
  CHECK_FALSE(actor.timers.work_goes_first(true));
}

TEST_CASE("timers are full at the limit, whether they wait for their time or for the actor") {
  for (const bool due : {true, false}) {
    TimersOfOne actor;
    for (int i = 0; i < 3; ++i) {
      CHECK_FALSE(actor.timers.full(3));
      (void)(due ? actor.timers.add_due(actor.work("")) : actor.timers.add_work(TimePoint{1s}, 0s, actor.work("")));
    }
    CHECK(actor.timers.full(3));
    actor.timers.clear();
    CHECK(actor.timers.empty());
    CHECK_FALSE(actor.timers.work_is_due());
  }
}
