// For whom a saga goes on: who asked for it is who is asking in its steps and compensations, whatever dies meanwhile.
#include <doctest/doctest.h>
#include <troupe/caller.h>

#include "trip.h"

namespace {

using namespace trip_test;
using Log = std::vector<std::string>;

// Takes for a, waits to be paid, and takes `last` for b.
Flow<> paid(Trip& t, std::uint64_t last) {
  auto a = t.step("a", [&t] { return t.take(10, "a"); });
  a.compensate([&t] { return t.give_back(10, "a"); });
  co_await a;
  co_await t.signal<trip::Receipt>("paid");
  co_await t.step("b", [&t, last] { return t.take(last, "b"); });
}

void begin_for_ann(Stand& stand) {
  const troupe::CallerScope scope({.name = "ann", .roles = "guest", .scopes = {}});
  (void)stand.trip().begin().get(5s);
}

void pay(Stand& stand) {
  (void)stand.trip().pay([](auto p) { p.initReceipt().setNumber(1); }).get(5s);
}

TEST_CASE("the steps of a saga go on for whom it was started, over the death of its node") {
  Stand stand([](Trip& t) { return paid(t, 20); });
  stand.open();
  begin_for_ann(stand);
  CHECK(stand.eventually([&] { return stand.log() == Log{"+a for ann"}; }));

  stand.restart();
  pay(stand);

  CHECK(stand.whole() == Phase::DONE);
  CHECK(stand.log() == Log{"+a for ann", "+b for ann"});
}

TEST_CASE("what a saga undoes, it undoes for whom it was started, whoever makes it go on") {
  Stand stand([](Trip& t) { return paid(t, 5'000); });
  stand.open();
  begin_for_ann(stand);
  pay(stand);

  CHECK(stand.whole() == Phase::FAILED);
  CHECK(stand.log() == Log{"+a for ann", "-a for ann"});
}

TEST_CASE("a saga that nobody from outside started goes on for nobody") {
  Stand stand([](Trip& t) { return paid(t, 20); });
  stand.open();
  (void)stand.trip().begin().get(5s);
  pay(stand);

  CHECK(stand.whole() == Phase::DONE);
  CHECK(stand.log() == Log{"+a", "+b"});
}

TEST_CASE("who waits for a saga that is not started yet starts it for himself") {
  Stand stand([](Trip& t) -> Flow<> { co_await t.step("a", [&t] { return t.take(10, "a"); }); });
  stand.open();
  {
    const troupe::CallerScope scope({.name = "bob", .roles = {}, .scopes = {}});
    CHECK(stand.whole() == Phase::DONE);
  }

  CHECK(stand.log() == Log{"+a for bob"});
}

}  // namespace
