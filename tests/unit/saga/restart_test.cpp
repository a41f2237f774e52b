// What a saga does when its node dies: at every place, with nobody calling, past what callees remember, and when its
// code has changed meanwhile.
#include <doctest/doctest.h>

#include "trip.h"

namespace {

using namespace trip_test;
using Log = std::vector<std::string>;

Flow<> three(Trip& t, std::uint64_t last) {
  co_await t.step("a", [&t] { return t.take(10, "a"); }).compensate([&t] { return t.give_back(10, "a"); });
  auto b = t.step("b", [&t] { return t.take(20, "b"); });
  b.compensate([&t] { return t.give_back(20, "b"); });
  co_await b;
  co_await t.step("c", [&t, last] { return t.take(last, "c"); });
}

// Dies at each place of the saga in turn, one run of a test per place, until a run passes them all.
template <class Check>
int die_everywhere(std::uint64_t last, bool by_crash, Check check) {
  for (int place = 0;; ++place) {
    CAPTURE(place);
    Stand stand([last](Trip& t) { return three(t, last); });
    stand.plan.hang_at = place;
    stand.open();
    (void)stand.trip().begin().get(5s);
    if (!stand.eventually([&] {
          return stand.plan.hang_at == -1 || at_once(stand.trip().progress().get(5s))->getSaga().getEndedMs() != 0;
        }))
      FAIL("neither hangs nor ends");
    const bool hung = stand.plan.hang_at == -1;
    if (hung) {
      REQUIRE(stand.hangs());
      if (by_crash) {
        CHECK_THROWS((void)stand.trip().crash().get(5s));
      } else {
        stand.restart();
      }
    }
    check(stand);
    if (!hung) return place;
  }
}

TEST_CASE("a saga whose node dies before or after any effect repeats none and ends") {
  const int places = die_everywhere(30, false, [](Stand& stand) {
    CHECK(stand.whole() == Phase::DONE);
    CHECK(stand.log() == Log{"+a", "+b", "+c"});
    CHECK(stand.phases() == Log{"running", "done"});
  });
  CHECK(places == 6);
}

TEST_CASE("a saga whose activation crashes before or after any effect repeats none and ends") {
  const int places = die_everywhere(30, true, [](Stand& stand) {
    CHECK(stand.whole() == Phase::DONE);
    CHECK(stand.log() == Log{"+a", "+b", "+c"});
  });
  CHECK(places == 6);
}

TEST_CASE("a saga whose node dies while it undoes repeats no compensation") {
  const int places = die_everywhere(5'000, false, [](Stand& stand) {
    CHECK(stand.whole() == Phase::FAILED);
    CHECK(stand.log() == Log{"+a", "+b", "-b", "-a"});
  });
  CHECK(places == 9);
}

TEST_CASE("a step that may have run when its saga is cancelled after a crash comes to its end, and is undone") {
  Stand stand([](Trip& t) { return three(t, 30); });
  stand.plan.hang_at = 3;  // b has taken effect, and is not in the journal
  stand.open();
  (void)stand.trip().begin().get(5s);
  REQUIRE(stand.hangs());

  (void)stand.trip().cancel().get(5s);
  stand.restart();

  CHECK(stand.whole() == Phase::CANCELLED);
  CHECK(stand.log() == Log{"+a", "+b", "-b", "-a"});
}

TEST_CASE("a saga wakes by itself after its node was killed, with nobody calling it") {
  Stand stand([](Trip& t) { return three(t, 30); });
  stand.plan.wake = 100ms;
  stand.plan.hang_at = 3;
  stand.open();
  (void)stand.trip().begin().get(5s);
  REQUIRE(stand.hangs());

  stand.restart();

  CHECK(stand.eventually([&] { return stand.log() == Log{"+a", "+b", "+c"}; }));
}

TEST_CASE("a sleep survives its node and is not shorter for it") {
  Stand stand([](Trip& t) -> Flow<> {
    co_await t.step("a", [&t] { return t.take(10, "a"); });
    co_await t.sleep(300ms);
    co_await t.step("b", [&t] { return t.take(10, "b"); });
  });
  stand.plan.wake = 50ms;
  stand.open();
  (void)stand.trip().begin().get(5s);
  REQUIRE(stand.eventually([&] { return stand.log().size() == 1; }));

  stand.restart();

  REQUIRE(stand.eventually([&] { return stand.log() == Log{"+a", "+b"}; }));
  CHECK(stand.whole() == Phase::DONE);
  auto progress = stand.trip().progress().get(5s);
  const auto finished = progress->getSaga().getFinished();
  CHECK(finished[1].getFinishedMs() - finished[0].getFinishedMs() >= 300);
}

TEST_CASE("a signal that was raised when the node died is taken after it") {
  Stand stand([](Trip& t) -> Flow<> {
    auto paid = co_await t.signal<trip::Receipt>("paid");
    const auto number = paid->getNumber();
    co_await t.step("mark", [&]() -> Task<> {
      co_await t.pass();
      t.edit().setMarks(static_cast<std::uint32_t>(number));
    });
  });
  stand.plan.hang_at = 0;
  stand.open();
  (void)stand.trip().begin().get(5s);
  (void)stand.trip().pay([](auto p) { p.initReceipt().setNumber(7); }).get(5s);
  REQUIRE(stand.hangs());

  stand.restart();

  CHECK(stand.whole() == Phase::DONE);
  CHECK(at_once(stand.trip().look().get(5s))->getMarks() == 7);
}

TEST_CASE("a saga whose journal is another flow's is stuck, and says where they part") {
  Stand stand([](Trip& t) { return three(t, 30); });
  stand.plan.hang_at = 4;
  stand.open();
  (void)stand.trip().begin().get(5s);
  REQUIRE(stand.hangs());
  stand.kill_node();
  std::string told;
  SUBCASE("another name") {
    stand.plan.flow = [](Trip& t) -> Flow<> { co_await t.step("z", [&t] { return t.take(1, "z"); }); };
    told = "at position 0 it has \"a\", and the code now waits for \"z\"";
  }
  SUBCASE("a step less") {
    stand.plan.flow = [](Trip& t) -> Flow<> {
      co_await t.step("a", [&t] { return t.take(1, "a"); }).compensate([&t] { return t.give_back(1, "a"); });
    };
    told = "a step \"b\" at position 1, where the code has none";
  }
  SUBCASE("a compensation less") {
    stand.plan.flow = [](Trip& t) -> Flow<> { co_await t.step("a", [&t] { return t.take(1, "a"); }); };
    told = "step \"a\" at position 0 had a compensation";
  }

  stand.open();

  CHECK(stand.whole() == Phase::STUCK);
  CHECK(std::string(at_once(stand.trip().progress().get(5s))->getSaga().getStuckWhy().cStr()).find(told) !=
        std::string::npos);
  CHECK(stand.log() == Log{"+a", "+b"});

  stand.plan.flow = [](Trip& t) { return three(t, 30); };
  (void)stand.trip().goOn().get(5s);
  CHECK(stand.whole() == Phase::DONE);
  CHECK(stand.log() == Log{"+a", "+b", "+c"});
}

TEST_CASE("a step whose outcome its callee has forgotten is never guessed: somebody decides") {
  Stand stand([](Trip& t) { return three(t, 30); });
  stand.plan.hang_at = 3;  // b has taken effect, and is not in the journal
  stand.open();
  (void)stand.trip().begin().get(5s);
  REQUIRE(stand.hangs());
  for (int i = 0; i < 50; ++i) (void)stand.till().take([](auto p) { p.setWhat("other"); }).get(5s);
  stand.restart();

  CHECK(stand.whole() == Phase::STUCK);
  const auto takes = stand.log().size();
  bool took_effect = false;
  SUBCASE("it did") { took_effect = true; }
  SUBCASE("it did not"){}(void)stand.trip().decide([&](auto p) { p.setTookEffect(took_effect); }).get(5s);

  CHECK(stand.whole() == (took_effect ? Phase::DONE : Phase::FAILED));
  CHECK(stand.log().size() == takes + 1);
  CHECK(stand.log().back() == (took_effect ? "+c" : "-a"));
}

TEST_CASE("steps side by side that were interrupted repeat no effect") {
  for (int place = 0; place < 6; ++place) {
    Stand stand([](Trip& t) -> Flow<> {
      auto a = t.step("a", [&t] { return t.take(10, "a"); });
      auto b = t.step("b", [&t] { return t.take(20, "b"); });
      auto c = t.step("c", [&t] { return t.take(30, "c"); });
      co_await t.all(a, b, c);
    });
    stand.plan.hang_at = place;
    stand.open();
    (void)stand.trip().begin().get(5s);
    REQUIRE(stand.hangs());

    stand.restart();

    CHECK(stand.whole() == Phase::DONE);
    auto log = stand.log();
    std::sort(log.begin(), log.end());
    CHECK(log == Log{"+a", "+b", "+c"});
  }
}

}  // namespace
