// One actor's queue: what is a burst and what is overload. The test owns the time.
#include "actor/standing_queue.h"

#include <doctest/doctest.h>

using namespace troupe;
using namespace troupe::actor;
using namespace std::chrono_literals;

namespace {

struct Served {
  // A call that waited so long has its turn; `behind` others wait.
  bool sheds(std::chrono::milliseconds delay, std::uint32_t behind = 1'000, bool nested = false) {
    now += 1ms;
    const bool shed = queue.sheds({delay, behind, turns, now, nested}, policy);
    turns += !shed;
    return shed;
  }
  int sheds_of(int calls, std::chrono::milliseconds delay, std::uint32_t behind = 1'000) {
    int shed = 0;
    for (int i = 0; i < calls; ++i) shed += sheds(delay, behind);
    return shed;
  }

  OverloadPolicy policy;
  StandingQueue queue;
  TimePoint now{1h};
  std::uint64_t turns = 0;
};

}  // namespace

TEST_CASE("a burst that drains within the interval is served whole, however long it waited") {
  Served actor;

  CHECK(actor.sheds_of(450, 5'000ms) == 0);
  CHECK_FALSE(actor.sheds(20ms));
  CHECK(actor.sheds_of(450, 5'000ms) == 0);
}

TEST_CASE("a queue that stood for an interval is cut to what is served in the target, the rest is shed") {
  Served actor;
  (void)actor.sheds_of(510, 300ms);
  REQUIRE(actor.queue.standing());

  CHECK(actor.queue.longest() >= 90);  // a turn takes a millisecond
  CHECK(actor.queue.longest() <= 110);
  CHECK(actor.sheds_of(100, 201ms) == 100);
  CHECK(actor.sheds_of(100, 150ms) == 0);
  CHECK_FALSE(actor.sheds(399ms, 1'000, true));  // a turn's call is given twice the time
  CHECK(actor.sheds(401ms, 1'000, true));
}

TEST_CASE("a slow actor with a short queue is slow, and sheds nothing") {
  Served actor;

  CHECK(actor.sheds_of(2'000, 3'000ms, 15) == 0);
  CHECK_FALSE(actor.queue.standing());
}

TEST_CASE("the queue of a slow actor is never cut below the shortest") {
  Served actor;
  for (int i = 0; i < 10; ++i) {
    actor.now += 199ms;
    (void)actor.sheds(4'000ms, 100);
  }

  REQUIRE(actor.queue.standing());
  CHECK(actor.queue.longest() == 16);
  CHECK(actor.sheds_of(10, 4'000ms, 15) == 0);
}

TEST_CASE("one call that waited little ends the shedding") {
  Served actor;
  (void)actor.sheds_of(510, 300ms);
  REQUIRE(actor.queue.standing());

  CHECK_FALSE(actor.sheds(40ms));

  CHECK_FALSE(actor.queue.standing());
  CHECK(actor.queue.longest() == StandingQueue::kAnyLength);
  CHECK(actor.sheds_of(400, 300ms) == 0);
}
