// Who waits for a saga, and keeps it from going on.
#include <doctest/doctest.h>

#include "trip.h"

namespace {

using namespace trip_test;
using troupe::Error;
using troupe::ErrorKind;

Flow<> one_long_step(Trip& t) {
  co_await t.step("a", [&t] { return t.take(10, "a"); });
}

template <class F>
Error error_of(F&& call) {
  try {
    (void)call();
  } catch (const Error& e) {
    return e;
  }
  FAIL("no error came");
  return Error(ErrorKind::failed, "no error came");
}

bool says(const Error& error, const char* words) { return error.message().find(words) != std::string::npos; }

}  // namespace

TEST_CASE("a turn that has edited and waits for its own saga is refused at once, and is told what to do") {
  Stand stand(one_long_step);
  stand.plan.till_unavailable = 1'000'000;  // so that there is something to wait for
  stand.open();
  (void)stand.trip().begin().get(5s);

  const Error error = error_of([&] { return stand.trip().editAndWait().get(5s); });

  CHECK(error.kind() == ErrorKind::invalid);
  CHECK(says(error, "wait first and edit then"));
  stand.plan.till_unavailable = 0;
  CHECK(stand.whole() == Phase::DONE);
  CHECK(std::string(at_once(stand.trip().look().get(5s))->getNote().cStr()).empty());
}

TEST_CASE("a turn beside which no saga runs is refused to wait for one, unless it is over") {
  Stand stand(one_long_step);
  stand.open();

  const Error error = error_of([&] { return stand.trip().waitAlone().get(5s); });

  CHECK(error.kind() == ErrorKind::invalid);
  CHECK(says(error, "$Troupe.reentrant"));
  CHECK(stand.whole() == Phase::DONE);
  CHECK(stand.trip().waitAlone().get(5s)->getPhase() == Phase::DONE);
}

TEST_CASE("a step that waits for its own saga fails it at once") {
  Stand stand([](Trip& t) -> Flow<> { co_await t.step("self", [&t] { return t.to_its_end(); }); });
  stand.open();

  CHECK(stand.whole() == Phase::FAILED);
  CHECK(stand.phases().back() == "failed: ");
}
