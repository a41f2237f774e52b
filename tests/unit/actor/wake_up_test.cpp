// When an actor that waits for many moments asks to be woken.
#include "actor/wake_up.h"

#include <doctest/doctest.h>

#include <chrono>

using namespace troupe;
using namespace troupe::actor;
using namespace std::chrono_literals;

TEST_CASE("an actor asks for the earliest of its moments alone") {
  WakeUp wake;
  CHECK(wake.await(TimePoint{10s}));
  CHECK_FALSE(wake.await(TimePoint{10s}));
  CHECK_FALSE(wake.await(TimePoint{11s}));

  CHECK(wake.await(TimePoint{9s}));
  CHECK_FALSE(wake.await(TimePoint{10s}));
}

TEST_CASE("a wake-up that was overtaken says nothing, and the one that overtook it does") {
  WakeUp wake;
  (void)wake.await(TimePoint{10s});

  CHECK_FALSE(wake.came(TimePoint{9s}));
  CHECK(wake.came(TimePoint{10s}));
  CHECK(wake.await(TimePoint{20s}));  // none is under way
}

TEST_CASE("nobody is woken at the end of time") {
  WakeUp wake;
  CHECK_FALSE(wake.await(TimePoint::max()));
  CHECK(wake.await(TimePoint{10s}));
}

TEST_CASE("while it is held nothing is asked for, and once it is forgotten everything is") {
  WakeUp wake;
  wake.hold();
  CHECK_FALSE(wake.await(TimePoint{1s}));

  wake.forget();
  CHECK(wake.await(TimePoint{1s}));
}
