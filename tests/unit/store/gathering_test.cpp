#include "store/gathering.h"

#include <doctest/doctest.h>

using namespace troupe::store;
using namespace std::chrono_literals;

TEST_CASE("a lone caller never waits for company") {
  Gathering gathering;
  CHECK(gathering.target() == 1);

  gathering.committed(1, 0, 200us);

  CHECK(gathering.target() == 1);
}

TEST_CASE("after a commit with company the next waits for as many, and for those that came meanwhile") {
  Gathering gathering;

  gathering.committed(48, 16, 800us);

  CHECK(gathering.target() == 64);
}

TEST_CASE("the wait is bounded by a part of a commit and by its named bound") {
  Gathering gathering;

  gathering.committed(8, 0, 200us);
  CHECK(gathering.longest_wait() == 50us);

  for (int i = 0; i < 100; ++i) gathering.committed(8, 0, 10ms);
  CHECK(gathering.longest_wait() == Gathering::kLongestWait);
}

TEST_CASE("waits that bring nobody stop for a while") {
  Gathering gathering;
  for (int i = 0; i < Gathering::kFruitlessWaits; ++i) {
    gathering.committed(8, 0, 200us);
    CHECK(gathering.target() == 8);
    gathering.waited(1);
  }

  CHECK(gathering.target() == 1);

  for (int i = 0; i < Gathering::kRestBatches; ++i) gathering.committed(8, 0, 200us);
  CHECK(gathering.target() == 8);
}

TEST_CASE("waits that pay go on") {
  Gathering gathering;
  for (int i = 0; i < 100; ++i) {
    gathering.committed(8, 0, 200us);
    gathering.waited(7);
  }

  CHECK(gathering.target() == 8);
}
