#include "store/past_time.h"

#include <doctest/doctest.h>

#include "store_fixture.h"

using namespace troupe;
using namespace troupe::store;

namespace {

NodeTime::Past some_past() {
  return {.boot = "a boot",
          .steady_ms = 5,
          .now = 1'800'000'000'000,
          .spans = {{1, 2, -3'600'000}, {2, 9, 7}},
          .pauses = {{4, 60'000}},
          .joined = 3};
}

}  // namespace

TEST_CASE("a node's time reads back as it was written, and anything else is of no use") {
  const std::string bytes = encode(some_past());

  CHECK(decode_past_time(bytes) == some_past());
  CHECK(!decode_past_time({}));
  CHECK(!decode_past_time(std::string_view(bytes).substr(0, 40)));
  std::string spans_without_end = bytes;
  spans_without_end[16] = '\x7f';
  CHECK(!decode_past_time(spans_without_end));
}

TEST_CASE("a store counts the runs of its node and keeps its time; openings that are none leave both") {
  TemporaryDirectory directory;
  NodeTime::Past earlier = some_past();
  earlier.now -= 1;
  {
    auto store = open_store(options_for(directory.path()));
    CHECK(!store->past_time().value());
    CHECK(store->begin_run(earlier).value() == 1);
    CHECK(store->past_time().value() == earlier);
    REQUIRE(store->keep_time(some_past()));
  }
  open_store(options_for(directory.path())).reset();

  auto store = open_store(options_for(directory.path()));

  CHECK(store->past_time().value() == some_past());
  CHECK(store->begin_run(some_past()).value() == 2);
}
