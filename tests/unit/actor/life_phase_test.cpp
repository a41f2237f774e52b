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
void bring_up(LifePhase& life) {
  (void)life.keep(kChild);
  REQUIRE(life.refusal() == LifePhase::Refusal::none);
  (void)life.bring_up();
}

}  // namespace

TEST_CASE("what nobody keeps starts again at once, later or after its quarantine, as the judge says") {
  LifePhase life;
  CHECK(life.obey(kAtOnce) == LifePhase::Recovery::at_once);
  CHECK(life.ready());

  CHECK(life.obey(kLater) == LifePhase::Recovery::later);
  CHECK(life.is(Phase::backing_off));
  CHECK_FALSE(life.recover().leave_quarantine);
  CHECK(life.ready());

  CHECK(life.obey(given_up()) == LifePhase::Recovery::quarantine);
  CHECK(life.is(Phase::quarantined));
  CHECK(life.recover().leave_quarantine);
  CHECK(life.ready());
}

TEST_CASE("a quarantine is left once, whatever ends it") {
  const auto quarantined = [](LifePhase& life) { REQUIRE(life.obey(given_up()) == LifePhase::Recovery::quarantine); };
  {
    LifePhase life;
    quarantined(life);
    CHECK(life.keep(kChild).leave_quarantine);
    CHECK_FALSE(life.bring_up().leave_quarantine);
  }
  {
    LifePhase life;
    quarantined(life);
    CHECK(life.leave(true).leave_quarantine);
  }
  {
    LifePhase life;
    quarantined(life);
    CHECK(life.put_down().leave_quarantine);
    CHECK_FALSE(life.let_go().leave_quarantine);
  }
  {
    LifePhase life;
    quarantined(life);
    CHECK(life.stop().leave_quarantine);
    CHECK_FALSE(life.recover().leave_quarantine);
    CHECK_FALSE(life.put_down().leave_quarantine);
  }
}

TEST_CASE("the tree hears of the end of its child once, and decides alone") {
  LifePhase life;
  CHECK_FALSE(life.end().report);  // nobody keeps it
  bring_up(life);

  CHECK(life.end().report);
  CHECK(life.is(Phase::held));
  CHECK_FALSE(life.end().report);
  CHECK_FALSE(life.recover().leave_quarantine);
  CHECK(life.is(Phase::held));
}

TEST_CASE("what stands down does so when it is free, or when it is hurried, and is held then") {
  LifePhase life;
  bring_up(life);
  CHECK_FALSE(life.hurry().stand_down);

  CHECK_FALSE(life.leave(false).stand_down);
  CHECK(life.is(Phase::leaving));
  CHECK_FALSE(life.end().report);  // a crash on the way out is no news
  CHECK(life.hurry().stand_down);
  life.stood_down();
  CHECK(life.is(Phase::held));

  life.bring_up();
  CHECK(life.leave(true).stand_down);
}

TEST_CASE("what erases goes on with it, and does what it was told afterwards") {
  LifePhase life;
  bring_up(life);
  life.begin_erasing();

  CHECK(life.refusal() == LifePhase::Refusal::erasing);
  CHECK_FALSE(life.leave(true).stand_down);
  (void)life.keep(kChild);
  life.take_up_orders();
  CHECK(life.is(Phase::erasing));

  life.end_erasing();
  CHECK(life.ready());
  life.take_up_orders();
  CHECK(life.is(Phase::leaving));
  life.stood_down();
  life.bring_up();
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

  (void)life.let_go();
  CHECK(life.child() == 0);
  CHECK(life.ready());
}

TEST_CASE("a service that opens does not end a quarantine") {
  LifePhase life;
  (void)life.obey(given_up());
  life.admit(Admission::open, false);
  CHECK(life.is(Phase::quarantined));
}

TEST_CASE("nothing is told to what has stopped") {
  LifePhase life;
  bring_up(life);
  (void)life.stop();

  CHECK(life.refusal() == LifePhase::Refusal::stopped);
  (void)life.put_down();
  (void)life.keep(kChild + 1);
  CHECK_FALSE(life.leave(true).stand_down);
  CHECK(life.ready());
  CHECK(life.child() == kChild);
}
