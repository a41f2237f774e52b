// What a saga does with a step that may have taken effect: it asks until that is known, undoes what did, and does not
// guess when nobody can say.
#include <doctest/doctest.h>

#include "trip.h"

namespace {

using namespace trip_test;
using troupe::saga::Retry;
using Log = std::vector<std::string>;

constexpr Retry kAtOnce{.backoff = 1ms, .max_backoff = 2ms};

// Takes 10 for a; takes 20 for b, and crashes after it as long as `crashing`; takes 30 for c.
Flow<> crashing_b(Trip& t, const std::atomic<bool>& crashing, Retry retry) {
  co_await t.step("a", [&t] { return t.take(10, "a"); }).compensate([&t] { return t.give_back(10, "a"); });
  const auto* still = &crashing;
  auto b = t.step("b", [&t, still]() -> Task<> {
    co_await t.take(20, "b");
    if (*still) throw std::logic_error("b is broken");
  });
  b.compensate([&t] { return t.give_back(20, "b"); });
  co_await std::move(b).retry(retry);
  co_await t.step("c", [&t] { return t.take(30, "c"); });
}

std::string stuck_why(Stand& stand) { return at_once(stand.trip().progress().get(5s))->getSaga().getStuckWhy().cStr(); }
bool decide(Stand& stand, bool took_effect) {
  return stand.trip().decide([&](auto p) { p.setTookEffect(took_effect); }).get(5s)->getChanged();
}
bool has_crashed(Stand& stand) {
  auto progress = stand.trip().progress().get(5s);
  const auto waiting = progress->getSaga().getWaitingFor();
  return waiting.size() == 1 && waiting[0].getAttempts() > 0 && waiting[0].getInDoubt();
}

// The till remembers twenty.
void forget_answers(Stand& stand) {
  for (int i = 0; i < 50; ++i) (void)stand.till().take([](auto p) { p.setWhat("other"); }).get(5s);
}

TEST_CASE("a step that crashed after its call, and is cancelled before it is tried again, is undone") {
  std::atomic<bool> crashing{true};
  Stand stand([&](Trip& t) {
    Retry retry = kAtOnce;
    retry.crashes = 0;
    return crashing_b(t, crashing, retry);
  });
  stand.open();
  (void)stand.trip().begin().get(5s);
  REQUIRE(stand.eventually([&] { return has_crashed(stand); }));

  REQUIRE(stand.trip().cancel().get(5s)->getChanged());
  crashing = false;

  CHECK(stand.whole() == Phase::CANCELLED);
  CHECK(stand.log() == Log{"+a", "+b", "-b", "-a"});
}

TEST_CASE("a step whose result is too long to keep is in doubt, and not one that failed") {
  Stand stand([](Trip& t) -> Flow<> {
    co_await t.step("a", [&t] { return t.take(10, "a"); }).compensate([&t] { return t.give_back(10, "a"); });
    auto b = t.step<trip::Receipt>("b", [&t](trip::Receipt::Builder out) -> Task<> {
      co_await t.take(20, "b");
      out.initWhat(65u << 20);
    });
    b.compensate([&t] { return t.give_back(20, "b"); });
    Retry retry = kAtOnce;
    retry.crashes = 2;
    co_await std::move(b).retry(retry);
  });
  stand.open();
  (void)stand.trip().begin().get(5s);

  CHECK(stand.whole() == Phase::STUCK);
  CHECK(stuck_why(stand).find("what step \"b\" brought cannot be kept") != std::string::npos);
  CHECK(stand.log() == Log{"+a", "+b"});
}

TEST_CASE("steps side by side whose results are too long for one turn are kept one after the other") {
  Stand stand([](Trip& t) -> Flow<> {
    std::vector<troupe::saga::Step<trip::Receipt, false>> steps;
    for (const std::string what : {"a", "b", "c"}) {
      auto step = t.step<trip::Receipt>(what, [&t, what](trip::Receipt::Builder out) -> Task<> {
        co_await t.ref<trip::Till>("t").take([&](auto p) {
          p.setCents(10);
          p.setWhat(what.c_str());
        });
        out.initWhat(50u << 20);
      });
      steps.push_back(std::move(step).retry(kAtOnce));
    }
    co_await t.all(steps);
  });
  stand.open();

  CHECK(stand.whole() == Phase::DONE);
  CHECK(stand.log() == Log{"+a", "+b", "+c"});
}

TEST_CASE("a step that always crashes after its call makes the saga stuck, and somebody decides") {
  std::atomic<bool> crashing{true};
  Stand stand([&](Trip& t) {
    Retry retry = kAtOnce;
    retry.attempts = 2;  // of no weight while it is not known what the first one did
    retry.crashes = 4;
    return crashing_b(t, crashing, retry);
  });
  stand.open();
  (void)stand.trip().begin().get(5s);

  CHECK(stand.whole() == Phase::STUCK);
  const int bodies = stand.plan.bodies;
  CHECK(bodies == 5);
  CHECK(stuck_why(stand).find("step \"b\" may have taken effect or not, and crashed 4 times in a row") == 0);
  CHECK(stuck_why(stand).find("b is broken") != std::string::npos);
  CHECK(stand.phases() == Log{"running", "stuck: stuck"});
  stand.restart();
  CHECK(stand.whole() == Phase::STUCK);
  CHECK(stand.plan.bodies == bodies);

  SUBCASE("it did") {
    CHECK(decide(stand, true));
    CHECK(stand.whole() == Phase::DONE);
    CHECK(stand.log() == Log{"+a", "+b", "+c"});
  }
  SUBCASE("it did not") {
    CHECK(decide(stand, false));
    CHECK(stand.whole() == Phase::FAILED);
    CHECK(stand.log() == Log{"+a", "+b", "-a"});
  }
  SUBCASE("it did, and the saga was cancelled meanwhile") {
    CHECK(stand.trip().cancel().get(5s)->getChanged());
    CHECK(decide(stand, true));
    CHECK(stand.whole() == Phase::CANCELLED);
    CHECK(stand.log() == Log{"+a", "+b", "-b", "-a"});
  }
}

TEST_CASE("a step that always crashed after its call goes on once it is mended, and repeats no effect") {
  std::atomic<bool> crashing{true};
  Stand stand([&](Trip& t) { return crashing_b(t, crashing, kAtOnce); });
  stand.open();
  (void)stand.trip().begin().get(5s);
  CHECK(stand.whole() == Phase::STUCK);
  CHECK(stand.plan.bodies == 1 + static_cast<int>(Retry{}.crashes));

  crashing = false;
  CHECK(stand.trip().goOn().get(5s)->getChanged());

  CHECK(stand.whole() == Phase::DONE);
  CHECK(stand.log() == Log{"+a", "+b", "+c"});
}

TEST_CASE("crashes of a callee that surely did nothing make no saga stuck") {
  Stand stand([](Trip& t) -> Flow<> {
    Retry retry = kAtOnce;
    retry.crashes = 2;
    co_await t.step("a", [&t] { return t.take(10, "a"); }).retry(retry);
  });
  stand.plan.till_crashes = 4;
  stand.open();

  CHECK(stand.whole() == Phase::DONE);
  CHECK(stand.log() == Log{"+a"});
}

TEST_CASE("a repeatable step whose answer was forgotten is asked anew, and goes on") {
  Stand stand([](Trip& t) -> Flow<> {
    co_await t.step("a", [&t] { return t.take(10, "a"); });
    co_await t.step("b", [&t] { return t.take(20, "b"); }).retry(kAtOnce).repeatable();
    co_await t.step("c", [&t] { return t.take(30, "c"); });
  });
  stand.plan.hang_at = 3;  // b has taken effect, and is not in the journal
  stand.open();
  (void)stand.trip().begin().get(5s);
  REQUIRE(stand.hangs());
  forget_answers(stand);
  stand.restart();
  const auto before = stand.log().size();

  SUBCASE("whatever fails meanwhile") { stand.plan.till_unavailable = 3; }
  SUBCASE("also once more, when its node dies again") {
    stand.plan.hang_at = stand.plan.passed + 2;  // b has taken effect anew, and is not in the journal
    stand.plan.hangs = {};
    (void)stand.trip().progress().get(5s);
    REQUIRE(stand.hangs());
    REQUIRE(stand.log().size() == before + 1);
    stand.restart();
  }
  SUBCASE("at once") {}

  CHECK(stand.whole() == Phase::DONE);
  // This till does not know b by itself, and books it again: once, under the new id.
  const auto log = stand.log();
  CHECK(Log(log.begin() + static_cast<std::ptrdiff_t>(before), log.end()) == Log{"+b", "+c"});
  CHECK(stand.phases() == Log{"running", "done"});
}

TEST_CASE("a compensation of a repeatable step whose answer was forgotten is asked anew") {
  Stand stand([](Trip& t) -> Flow<> {
    co_await t.step("a", [&t] { return t.take(10, "a"); })
        .compensate([&t] { return t.give_back(10, "a"); })
        .repeatable();
    co_await t.step("b", [&t] { return t.take(5'000, "b"); });
  });
  stand.plan.hang_at = 4;  // a has been given back, and the journal does not say so
  stand.open();
  (void)stand.trip().begin().get(5s);
  REQUIRE(stand.hangs());
  forget_answers(stand);
  stand.restart();
  const auto before = stand.log().size();

  CHECK(stand.whole() == Phase::FAILED);
  CHECK(stand.log().size() == before + 1);
  CHECK(stand.log().back() == "-a");
}

TEST_CASE("a compensation whose outcome its callee has forgotten is never guessed: somebody decides") {
  Stand stand([](Trip& t) -> Flow<> {
    co_await t.step("a", [&t] { return t.take(10, "a"); }).compensate([&t] { return t.give_back(10, "a"); });
    co_await t.step("b", [&t] { return t.take(5'000, "b"); });
  });
  stand.plan.hang_at = 4;  // a has been given back, and the journal does not say so
  stand.open();
  (void)stand.trip().begin().get(5s);
  REQUIRE(stand.hangs());
  REQUIRE(stand.log() == Log{"+a", "-a"});
  forget_answers(stand);
  stand.restart();

  CHECK(stand.whole() == Phase::STUCK);
  CHECK(stuck_why(stand).find("the compensation of step \"a\" may have taken effect or not") == 0);
  const auto lines = stand.log().size();

  SUBCASE("it did") {
    CHECK(decide(stand, true));
    CHECK(stand.whole() == Phase::FAILED);
    CHECK(stand.log().size() == lines);
  }
  SUBCASE("it did not, and is run anew under another id") {
    CHECK(decide(stand, false));
    CHECK(stand.whole() == Phase::FAILED);
    CHECK(stand.log().size() == lines + 1);
    CHECK(stand.log().back() == "-a");
  }
}

}  // namespace
