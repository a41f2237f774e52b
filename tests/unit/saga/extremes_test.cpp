// What a saga waits for, at the ends of time: past it it waits without end, before its begin not at all.
#include <doctest/doctest.h>

#include "trip.h"

namespace {

using namespace trip_test;
using troupe::Error;

constexpr auto kLongest = std::chrono::hours::max();
constexpr auto kShortest = std::chrono::hours::min();

TEST_CASE("a wait past the end of time goes on, and one whose time is over ends") {
  Stand stand([](Trip& t) -> Flow<> {
    co_await t.sleep(0h);
    co_await t.sleep(-1h);
    co_await t.sleep(kShortest);
    co_await t.step("charge", [&t] { return t.take(10, "charge"); }).deadline(kLongest);
    co_await t.signal<trip::Receipt>("paid").within(kLongest);
    co_await t.sleep(kLongest);
  });
  stand.open();
  CHECK(stand.trip().begin().get(5s)->getBegan());
  (void)stand.trip().pay([](auto p) { p.initReceipt().setNumber(1); }).get(5s);
  const auto finished = [&] { return at_once(stand.trip().progress().get(5s))->getSaga().getFinished().size(); };
  CHECK(stand.eventually([&] { return finished() == 5; }));

  (void)stand.trip().cancel().get(5s);

  CHECK(stand.whole() == Phase::CANCELLED);
  CHECK(finished() == 5);
}

TEST_CASE("a backoff is as long as it may be, and not negative") {
  const auto with = [](troupe::saga::Retry retry) {
    Stand stand(
        [retry](Trip& t) -> Flow<> { co_await t.step("charge", [&t] { return t.take(10, "charge"); }).retry(retry); });
    stand.plan.till_unavailable = 2;
    stand.open();
    return stand.whole();
  };

  CHECK(with({.backoff = 1ms, .max_backoff = std::chrono::milliseconds::max()}) == Phase::DONE);
  CHECK(with({.backoff = 0ms, .max_backoff = 0ms}) == Phase::DONE);
  CHECK(with({.backoff = -1ms}) == Phase::FAILED);
  CHECK(with({.max_backoff = -1ms}) == Phase::FAILED);
}

}  // namespace
