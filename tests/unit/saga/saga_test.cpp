// What a saga does when nobody dies: steps, retries, compensation, cancel, kill, signals, sleep.
#include <doctest/doctest.h>

#include "trip.h"

namespace {

using namespace trip_test;
using troupe::Error;
using troupe::ErrorKind;
using troupe::Refusal;
using Log = std::vector<std::string>;

// Takes 10 for a and 20 for b, with compensations, and then what `last` says.
template <class Last>
Flow<> two_and(Trip& t, Last last) {
  auto a = t.step("a", [&t] { return t.take(10, "a"); });
  a.compensate([&t] { return t.give_back(10, "a"); });
  co_await a;
  co_await t.step("b", [&t] { return t.take(20, "b"); }).compensate([&t] { return t.give_back(20, "b"); });
  co_await last(t);
}

// Steps until it is told to stop: no flow for a saga that is taken up again.
Flow<> busy(Trip& t, const std::atomic<bool>& enough) {
  while (!enough) co_await t.step("again", [] {});
}

Flow<> nothing_more(Trip&) { co_return; }
Flow<> refused(Trip& t) {
  co_await t.step("c", [&t] { return t.take(5'000, "c"); });
}
Flow<> waits(Trip& t) { co_await t.signal("never"); }

TEST_CASE("a saga runs its steps in order, once, and is done") {
  Stand stand([](Trip& t) { return two_and(t, nothing_more); });
  stand.open();

  const auto phase = stand.whole();

  CHECK(phase == Phase::DONE);
  CHECK(stand.log() == Log{"+a", "+b"});
  CHECK(stand.phases() == Log{"running", "done"});
  auto progress = stand.trip().progress().get(5s);
  REQUIRE(progress->getSaga().getFinished().size() == 2);
  CHECK(std::string(progress->getSaga().getFinished()[1].getName().cStr()) == "b");
  CHECK(progress->getSaga().getFinished()[1].getFinishedMs() >= progress->getSaga().getStartedMs());
}

TEST_CASE("starting a saga again changes nothing, and start_anew() runs it once more after its end") {
  Stand stand([](Trip& t) { return two_and(t, nothing_more); });
  stand.open();
  CHECK(stand.trip().begin().get(5s)->getBegan());
  CHECK_FALSE(stand.trip().begin().get(5s)->getBegan());
  CHECK(stand.whole() == Phase::DONE);
  CHECK_FALSE(stand.trip().begin().get(5s)->getBegan());

  CHECK(stand.trip().again().get(5s)->getBegan());

  CHECK(stand.whole() == Phase::DONE);
  CHECK(stand.log() == Log{"+a", "+b", "+a", "+b"});
  CHECK(at_once(stand.trip().progress().get(5s))->getSaga().getRun() == 2);
}

TEST_CASE("a refused step undoes the finished ones in reverse, and is not tried again") {
  Stand stand([](Trip& t) { return two_and(t, refused); });
  stand.open();

  const auto phase = stand.whole();

  CHECK(phase == Phase::FAILED);
  CHECK(stand.log() == Log{"+a", "+b", "-b", "-a"});
  CHECK(stand.phases() == Log{"running", "compensating: too_much", "failed: too_much"});
  CHECK(stand.plan.bodies == 3);
  auto progress = stand.trip().progress().get(5s);
  CHECK(std::string(progress->getSaga().getFailure().getCode().cStr()) == "too_much");
  CHECK(progress->getSaga().getFinished()[0].getUndoneMs() >= progress->getSaga().getFinished()[1].getUndoneMs());
}

TEST_CASE("a flow may catch what a step failed with and go another way") {
  Stand stand([](Trip& t) -> Flow<> {
    bool refused = false;
    try {
      co_await t.step("dear", [&t] { return t.take(5'000, "dear"); });
    } catch (const Error& e) {
      refused = e.code() == "too_much";
    }
    if (refused) co_await t.step("cheap", [&t] { return t.take(5, "cheap"); });
  });
  stand.open();

  CHECK(stand.whole() == Phase::DONE);
  CHECK(stand.log() == Log{"+cheap"});
}

TEST_CASE("what a flow throws undoes what it did") {
  Stand stand([](Trip& t) {
    return two_and(t, [](Trip&) -> Flow<> {
      throw Refusal("changed_mind", "no");
      co_return;
    });
  });
  stand.open();

  CHECK(stand.whole() == Phase::FAILED);
  CHECK(stand.log() == Log{"+a", "+b", "-b", "-a"});
}

TEST_CASE("a step brings its result, and a step of the actor's own edits with it") {
  Stand stand([](Trip& t) -> Flow<> {
    auto receipt = co_await t.step<trip::Receipt>("take", [&t](trip::Receipt::Builder out) -> Task<> {
      auto taken = co_await t.ref<trip::Till>("t").take([](auto p) { p.setCents(7); });
      out.setNumber(taken->getNumber());
      out.setWhat("seven");
    });
    const std::string what = receipt->getWhat().cStr();
    const auto number = receipt->getNumber();
    co_await t.step("note", [&] {
      t.edit().setNote(what.c_str());
      t.edit().setMarks(static_cast<std::uint32_t>(number));
    });
  });
  stand.open();

  CHECK(stand.whole() == Phase::DONE);

  auto state = stand.trip().look().get(5s);
  CHECK(std::string(state->getNote().cStr()) == "seven");
  CHECK(state->getMarks() == 1);
}

TEST_CASE("a step that ends with no answer is tried again with backoff, under the same ids") {
  Stand stand([](Trip& t) -> Flow<> {
    co_await t.step("a", [&t] { return t.take(10, "a"); }).retry({.backoff = 1ms, .max_backoff = 4ms});
  });
  stand.plan.till_unavailable = 3;
  stand.plan.till_crashes = 2;
  stand.open();

  CHECK(stand.whole() == Phase::DONE);

  CHECK(stand.plan.bodies == 6);
  CHECK(stand.log() == Log{"+a"});
  CHECK(at_once(stand.trip().progress().get(5s))->getSaga().getFinished()[0].getAttempts() == 6);
}

TEST_CASE("a step whose callee is overloaded is not tried again before it was told to") {
  std::vector<std::chrono::steady_clock::time_point> tries;
  const auto body = [&tries]() -> troupe::Task<> {
    tries.push_back(std::chrono::steady_clock::now());
    if (tries.size() > 1) co_return;
    troupe::Error error(troupe::ErrorKind::overloaded, "too much to do");
    throw error.retry_after(300ms);
  };
  Stand stand([&body](Trip& t) -> Flow<> { co_await t.step("a", body).retry({.backoff = 1ms, .max_backoff = 2ms}); });
  stand.open();

  CHECK(stand.whole() == Phase::DONE);

  REQUIRE(tries.size() == 2);
  CHECK(tries[1] - tries[0] >= 300ms);
}

TEST_CASE("a step gives up after its attempts, and the saga undoes the rest") {
  Stand stand([](Trip& t) -> Flow<> {
    co_await t.step("a", [&t] { return t.take(10, "a"); }).compensate([&t] { return t.give_back(10, "a"); });
    t.plan.till_unavailable = 1'000;
    co_await t.step("b", [&t] { return t.take(20, "b"); }).retry({.attempts = 3, .backoff = 1ms});
  });
  stand.open();

  CHECK(stand.whole() == Phase::FAILED);

  CHECK(stand.plan.bodies == 4);
  CHECK(stand.log() == Log{"+a", "-a"});
}

TEST_CASE("a step past its deadline is not tried again, and the saga fails with deadline") {
  Stand stand([](Trip& t) -> Flow<> {
    co_await t.step("a", [&t] { return t.take(10, "a"); }).retry({.backoff = 5ms}).deadline(60ms);
  });
  stand.plan.till_unavailable = 1'000'000;
  stand.open();

  auto ended = stand.trip().whole().get(20s);

  CHECK(ended->getPhase() == Phase::FAILED);
  CHECK(std::string(ended->getError().cStr()).find("deadline: step \"a\" did not succeed within 60 ms") == 0);
  CHECK(stand.log().empty());
}

TEST_CASE("a compensation is tried again until it succeeds") {
  Stand stand([](Trip& t) { return two_and(t, refused); });
  stand.plan.returns_unavailable = 3;
  stand.open();

  CHECK(stand.whole() == Phase::FAILED);
  CHECK(stand.log() == Log{"+a", "+b", "-b", "-a"});
}

TEST_CASE("a cancelled saga undoes what it did, also what runs when the cancel comes") {
  Stand stand([](Trip& t) { return two_and(t, waits); });
  stand.open();
  (void)stand.trip().begin().get(5s);
  REQUIRE(stand.eventually([&] { return stand.log().size() == 2; }));

  CHECK(stand.trip().cancel().get(5s)->getChanged());

  CHECK(stand.whole() == Phase::CANCELLED);
  CHECK(stand.log() == Log{"+a", "+b", "-b", "-a"});
  CHECK_FALSE(stand.trip().cancel().get(5s)->getChanged());
}

TEST_CASE("a killed saga stops where it is and undoes nothing") {
  Stand stand([](Trip& t) { return two_and(t, waits); });
  stand.open();
  (void)stand.trip().begin().get(5s);
  REQUIRE(stand.eventually([&] { return stand.log().size() == 2; }));

  CHECK(stand.trip().kill().get(5s)->getChanged());

  CHECK(stand.whole() == Phase::KILLED);
  CHECK_FALSE(stand.trip().kill().get(5s)->getChanged());
  stand.restart();
  CHECK(stand.whole() == Phase::KILLED);
  CHECK(stand.log() == Log{"+a", "+b"});
}

TEST_CASE("a signal brings what was raised, before the wait or after, and the first one counts") {
  Stand stand([](Trip& t) -> Flow<> {
    auto paid = co_await t.signal<trip::Receipt>("paid");
    const std::string what = paid->getWhat().cStr();
    co_await t.step("note", [&] { t.edit().setNote(what.c_str()); });
  });
  stand.open();
  const auto pay = [&](const char* what) {
    return stand.trip().pay([&](auto p) { p.initReceipt().setWhat(what); }).get(5s)->getFirst();
  };
  SUBCASE("after") { (void)stand.trip().begin().get(5s); }
  SUBCASE("before") {}

  pay("first");
  pay("second");

  CHECK(stand.whole() == Phase::DONE);
  CHECK(std::string(at_once(stand.trip().look().get(5s))->getNote().cStr()) == "first");
}

TEST_CASE("a wait for a signal may end by its time, with deadline") {
  Stand stand([](Trip& t) -> Flow<> { co_await t.signal("paid").within(20ms); });
  stand.open();

  auto ended = stand.trip().whole().get(20s);

  CHECK(ended->getPhase() == Phase::FAILED);
  CHECK(std::string(ended->getError().cStr()) == "deadline: no signal \"paid\" came within 20 ms");
}

TEST_CASE("steps side by side all come to their end before the first failure counts") {
  Stand stand([](Trip& t) -> Flow<> {
    std::vector<troupe::saga::Step<void, false>> steps;
    for (const std::string what : {"a", "b", "c", "d"}) {
      const std::uint64_t cents = what == "b" ? 5'000 : 10;
      auto step = t.step(what, [&t, what, cents]() -> Task<> {
        ++t.plan.bodies;
        co_await t.ref<trip::Till>("t").take([&](auto p) {
          p.setCents(cents);
          p.setWhat(what.c_str());
        });
      });
      step.compensate([&t, what] { return t.give_back(10, what); });
      steps.push_back(std::move(step));
    }
    co_await t.all(steps);
  });
  stand.open();

  CHECK(stand.whole() == Phase::FAILED);

  CHECK(stand.log() == Log{"+a", "+c", "+d", "-d", "-c", "-a"});
}

TEST_CASE("a step side by side with others that calls after it waited is told so") {
  Stand stand([](Trip& t) -> Flow<> {
    auto a = t.step("a", [&t]() -> Task<> {
      co_await t.sleep_for(1ms);
      co_await t.take(10, "a");
    });
    auto b = t.step("b", [&t] { return t.take(10, "b"); });
    co_await t.all(a, b);
  });
  stand.open();

  auto ended = stand.trip().whole().get(20s);

  CHECK(ended->getPhase() == Phase::FAILED);
  CHECK(std::string(ended->getError().cStr()).find("make it before the first wait") != std::string::npos);
  CHECK(stand.log() == Log{"+b"});
}

TEST_CASE("a saga that is never at a loss for work leaves every other turn to the calls that wait") {
  std::atomic<bool> enough{false};
  Stand stand([&enough](Trip& t) { return busy(t, enough); });
  stand.open();
  (void)stand.trip().begin().get(5s);

  for (int i = 0; i < 100; ++i) CHECK_FALSE(stand.trip().goOn().get(5s)->getChanged());

  CHECK(at_once(stand.trip().progress().get(5s))->getSaga().getPhase() == Phase::RUNNING);
  enough = true;
  CHECK(stand.whole() == Phase::DONE);
}

TEST_CASE("a fault of the flow itself makes the saga stuck, visibly, and it goes on once that is mended") {
  Stand stand([](Trip& t) -> Flow<> {
    co_await t.step("a", [&t] { return t.take(10, "a"); });
    throw std::logic_error("a fault");
  });
  stand.open();
  CHECK(stand.whole() == Phase::STUCK);
  const auto why = std::string(at_once(stand.trip().progress().get(5s))->getSaga().getStuckWhy().cStr());
  CHECK(why.find("a fault") != std::string::npos);

  stand.plan.flow = [](Trip& t) -> Flow<> {
    co_await t.step("a", [&t] { return t.take(10, "a"); });
    co_await t.step("b", [&t] { return t.take(10, "b"); });
  };
  CHECK(stand.trip().goOn().get(5s)->getChanged());

  CHECK(stand.whole() == Phase::DONE);
  CHECK(stand.log() == Log{"+a", "+b"});
}

}  // namespace
