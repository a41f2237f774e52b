// Which turns of an actor may run beside each other, and what is left of one that has ended.
#include "actor/turns.h"

#include <doctest/doctest.h>

#include <vector>

#include "base/limits.h"

using namespace troupe;
using namespace troupe::actor;

namespace {

struct TurnsOfOne {
  std::unique_ptr<Turn> begin(TurnKind kind, std::uint64_t request = 1) {
    auto call = make_counted<wire::Envelope>();
    call->id = {request, request};
    auto turn = std::make_unique<Turn>(nullptr, std::move(call), kind, turns.next_serial(), TimePoint{});
    turns.begin(*turn);
    return turn;
  }
  Turn& begin_and_wait(TurnKind kind, std::uint64_t request = 1) {
    auto turn = begin(kind, request);
    Turn& waits = *turn;
    turns.wait(std::move(turn));
    return waits;
  }
  void end(Turn& waits) { turns.end(*turns.take(waits)); }
  ~TurnsOfOne() {
    while (turns.first_waiting()) end(*turns.first_waiting());
  }

  Turns turns;
};

}  // namespace

TEST_CASE("an exclusive turn keeps exclusive ones out until it ends, and lets others run beside it") {
  TurnsOfOne actor;
  Turn& first = actor.begin_and_wait(TurnKind::exclusive);

  CHECK_FALSE(actor.turns.admit(TurnKind::exclusive));
  CHECK(actor.turns.admit(TurnKind::read_only));
  CHECK(actor.turns.admit(TurnKind::reentrant));

  actor.end(first);
  CHECK(actor.turns.admit(TurnKind::exclusive));
}

TEST_CASE("a turn that ended holds nothing up, whether or not it ever waited") {
  for (const bool waited : {false, true}) {
    TurnsOfOne actor;
    auto turn = actor.begin(TurnKind::exclusive);
    actor.turns.edit(*turn);
    actor.turns.block(*turn);
    const auto serial = turn->serial();
    if (waited) {
      Turn& waits = *turn;
      actor.turns.wait(std::move(turn));
      CHECK(actor.turns.blocked(serial) == &waits);
      turn = actor.turns.take(waits);
    }

    actor.turns.end(*turn);
    CHECK(actor.turns.exclusive() == nullptr);
    CHECK(actor.turns.editor() == nullptr);
    CHECK(actor.turns.blocked(serial) == nullptr);
    CHECK(actor.turns.done() == 1);
  }
}

TEST_CASE("the end of one turn leaves what another holds") {
  TurnsOfOne actor;
  Turn& exclusive = actor.begin_and_wait(TurnKind::exclusive);
  Turn& editor = actor.begin_and_wait(TurnKind::reentrant);
  actor.turns.edit(editor);

  actor.end(actor.begin_and_wait(TurnKind::read_only));
  CHECK(actor.turns.exclusive() == &exclusive);
  CHECK(actor.turns.editor() == &editor);
}

TEST_CASE("turns that wait are found by their requests, few or many") {
  for (const std::uint64_t many : {3, 100}) {
    TurnsOfOne actor;
    std::vector<Turn*> waiting;
    for (std::uint64_t id = 1; id <= many; ++id) waiting.push_back(&actor.begin_and_wait(TurnKind::reentrant, id));
    CHECK(actor.turns.waits({many, many}));
    CHECK_FALSE(actor.turns.waits({many + 1, many + 1}));

    (void)actor.begin_and_wait(TurnKind::reentrant, many + 1);
    actor.end(*waiting[1]);
    CHECK(actor.turns.waits({many + 1, many + 1}));
    CHECK_FALSE(actor.turns.waits({2, 2}));
    CHECK(actor.turns.waits({1, 1}));
    CHECK(actor.turns.waiting() == many);
  }
}

TEST_CASE("as many turns wait at once as the limit says") {
  TurnsOfOne actor;
  while (actor.turns.waiting() < limits::kMaxTurnsAtOnce) {
    REQUIRE(actor.turns.admit(TurnKind::reentrant));
    (void)actor.begin_and_wait(TurnKind::reentrant);
  }

  CHECK_FALSE(actor.turns.admit(TurnKind::reentrant));
  CHECK(actor.turns.admit(TurnKind::exclusive));
  actor.end(*actor.turns.first_waiting());
  CHECK(actor.turns.admit(TurnKind::reentrant));
}

TEST_CASE("a turn that is gone without its end is forgotten, one that waits is not") {
  TurnsOfOne actor;
  actor.turns.edit(actor.begin_and_wait(TurnKind::reentrant));
  actor.begin(TurnKind::exclusive).reset();

  actor.turns.forget_gone();
  CHECK(actor.turns.exclusive() == nullptr);
  CHECK(actor.turns.editor() == actor.turns.first_waiting());
}
