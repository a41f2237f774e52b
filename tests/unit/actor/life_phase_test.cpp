// The life of an instance alone: what a crash, a supervision tree and an erasure make of each other.
#include "actor/life_phase.h"

#include <doctest/doctest.h>

using namespace troupe;
using namespace troupe::actor;
using namespace std::chrono_literals;

namespace {

constexpr ChildId kChild = 7;
constexpr Verdict kAtOnce{.restart = true, .after = 0ms};
constexpr Verdict kLater{.restart = true, .after = 10ms};

Verdict given_up() { return {.restart = false, .after = 1min, .why = "3 crashes in 1 s"}; }

// Kept by a tree, and running.
void start_supervised(LifePhase& life) {
  (void)life.keep(kChild);
  REQUIRE(life.refusal() == LifePhase::Refusal::none);
  (void)life.start_supervised();
}

}  // namespace

TEST_CASE("what nobody keeps starts again at once, later or after its quarantine, as the judge says") {
  LifePhase life;
  CHECK(life.apply_verdict(kAtOnce) == LifePhase::Recovery::at_once);
  CHECK(life.ready());

  CHECK(life.apply_verdict(kLater) == LifePhase::Recovery::later);
  CHECK(life.is(Phase::backing_off));
  CHECK_FALSE(life.recover().leave_quarantine);
  CHECK(life.ready());

  CHECK(life.apply_verdict(given_up()) == LifePhase::Recovery::quarantine);
  CHECK(life.is(Phase::quarantined));
  CHECK(life.recover().leave_quarantine);
  CHECK(life.ready());
}

TEST_CASE("a quarantine is left once, whatever ends it") {
  const auto quarantined = [](LifePhase& life) {
    REQUIRE(life.apply_verdict(given_up()) == LifePhase::Recovery::quarantine);
  };
  {
    LifePhase life;
    quarantined(life);
    CHECK(life.keep(kChild).leave_quarantine);
    CHECK_FALSE(life.start_supervised().leave_quarantine);
  }
  {
    LifePhase life;
    quarantined(life);
    CHECK(life.leave(true).leave_quarantine);
  }
  {
    LifePhase life;
    quarantined(life);
    CHECK(life.disable().leave_quarantine);
    CHECK_FALSE(life.unsupervise().leave_quarantine);
  }
  {
    LifePhase life;
    quarantined(life);
    CHECK(life.stop().leave_quarantine);
    CHECK_FALSE(life.recover().leave_quarantine);
    CHECK_FALSE(life.disable().leave_quarantine);
  }
}

TEST_CASE("the tree hears of the end of its child once, and decides alone") {
  LifePhase life;
  CHECK_FALSE(life.end().report);  // nobody keeps it
  start_supervised(life);

  CHECK(life.end().report);
  CHECK(life.is(Phase::held));
  CHECK_FALSE(life.end().report);
  CHECK_FALSE(life.recover().leave_quarantine);
  CHECK(life.is(Phase::held));
}

TEST_CASE("an actor that stops for its supervisor does so when it is free or told to at once, and is held then") {
  LifePhase life;
  start_supervised(life);
  CHECK_FALSE(life.stop_supervised_now().stop_supervised);

  CHECK_FALSE(life.leave(false).stop_supervised);
  CHECK(life.is(Phase::leaving));
  CHECK_FALSE(life.end().report);  // a crash on the way out is no news
  CHECK(life.stop_supervised_now().stop_supervised);
  life.supervised_stop_done();
  CHECK(life.is(Phase::held));

  life.start_supervised();
  CHECK(life.leave(true).stop_supervised);
}

TEST_CASE("what erases goes on with it, and does what it was told afterwards") {
  LifePhase life;
  start_supervised(life);
  life.begin_erasing();

  CHECK(life.refusal() == LifePhase::Refusal::erasing);
  CHECK_FALSE(life.leave(true).stop_supervised);
  (void)life.keep(kChild);
  life.take_up_orders();
  CHECK(life.is(Phase::erasing));

  life.end_erasing();
  CHECK(life.ready());
  life.take_up_orders();
  CHECK(life.is(Phase::leaving));
  life.supervised_stop_done();
  life.start_supervised();
  life.take_up_orders();
  CHECK(life.ready());
}

TEST_CASE("a service that is held or stopped keeps its actors from being made, not from going on") {
  LifePhase life;
  life.admit(Admission::held, true);
  CHECK(life.ready());
  life.admit(Admission::held, false);
  CHECK(life.is(Phase::held));
  life.admit(Admission::down, false);
  CHECK(life.is(Phase::down));
  life.admit(Admission::open, false);
  CHECK(life.ready());
}

TEST_CASE("an open service does not bring up a child that its own supervisor holds") {
  LifePhase life;
  (void)life.keep(kChild);
  life.admit(Admission::open, false);
  CHECK(life.is(Phase::held));

  (void)life.unsupervise();
  CHECK(life.child() == 0);
  CHECK(life.ready());
}

TEST_CASE("a service that opens does not end a quarantine") {
  LifePhase life;
  (void)life.apply_verdict(given_up());
  life.admit(Admission::open, false);
  CHECK(life.is(Phase::quarantined));
}

TEST_CASE("turns run only where the partition is, and what happens to the actor meanwhile counts when it is back") {
  LifePhase life;
  for (const Residence residence : {Residence::draining, Residence::departing, Residence::away}) {
    life.reside(residence);
    CHECK_FALSE(life.ready());
    CHECK(life.is(residence));
    CHECK(life.is(Phase::ready));
  }
  CHECK(life.apply_verdict(kLater) == LifePhase::Recovery::later);
  life.reside(Residence::here);
  CHECK_FALSE(life.ready());
  life.reside(Residence::away);
  (void)life.recover();
  life.reside(Residence::here);
  CHECK(life.ready());

  start_supervised(life);
  life.reside(Residence::departing);
  CHECK(life.end().report);  // a crash on its way out
  CHECK(life.is(Phase::held));
}

TEST_CASE("nothing is told to what has stopped") {
  LifePhase life;
  start_supervised(life);
  (void)life.stop();

  CHECK(life.refusal() == LifePhase::Refusal::stopped);
  (void)life.disable();
  (void)life.keep(kChild + 1);
  CHECK_FALSE(life.leave(true).stop_supervised);
  CHECK(life.ready());
  CHECK(life.child() == kChild);
}
