#include <doctest/doctest.h>

#include "supervise/restart_policy.h"

using namespace troupe;
using namespace troupe::supervise;
using namespace std::chrono_literals;

namespace {

const TimePoint kStart{std::chrono::hours(1)};
constexpr RestartPolicy kPolicy{.restarts = 4,
                                .window = 1000ms,
                                .sustained = 0,
                                .backoff = 10ms,
                                .max_backoff = 30ms,
                                .jitter = 0.5,
                                .cooldown = 5s};
// One crash a minute is no burst, and one too many within the hour.
constexpr RestartPolicy kSlow{.restarts = 4, .window = 1000ms, .sustained = 20, .sustained_window = 1h, .cooldown = 5s};

}  // namespace

TEST_CASE("the first restart is immediate, further ones double up to the most, then the policy gives up") {
  struct Row {
    bool restart;
    std::chrono::milliseconds after;
  };
  const Row expected[] = {{true, 0ms}, {true, 10ms}, {true, 20ms}, {true, 30ms}, {false, 5000ms}, {false, 5000ms}};
  std::vector<TimePoint> history;

  for (const Row& row : expected) {
    const auto verdict = decide(kPolicy, history, kStart);

    CHECK(verdict.restart == row.restart);
    CHECK(verdict.after == row.after);
  }
  CHECK(history.size() == 5);  // more than the limit tells nothing
}

TEST_CASE("crashes out of the window do not count") {
  std::vector<TimePoint> history;
  for (int i = 0; i < 4; ++i) (void)decide(kPolicy, history, kStart);

  const auto verdict = decide(kPolicy, history, kStart + 1000ms);

  CHECK(verdict.restart);
  CHECK(verdict.after == 0ms);
  CHECK(history.size() == 1);
}

TEST_CASE("crashes that come slowly never give up where the sustained rate has no limit") {
  std::vector<TimePoint> history;
  for (int i = 0; i < 1000; ++i) CHECK(decide(kPolicy, history, kStart + i * 300ms).restart);
  CHECK(history.size() <= 4);
}

TEST_CASE("a policy of no restarts gives up at the first crash") {
  std::vector<TimePoint> history;
  const auto verdict = decide({.restarts = 0, .cooldown = 7ms}, history, kStart);

  CHECK_FALSE(verdict.restart);
  CHECK(verdict.after == 7ms);
}

TEST_CASE("a long history of doublings stays within the most") {
  const RestartPolicy policy{.restarts = 1000, .window = 1h, .sustained = 0, .backoff = 10ms, .max_backoff = 2s};
  std::vector<TimePoint> history;
  for (int i = 0; i < 500; ++i) CHECK(decide(policy, history, kStart).after <= 2s);
  CHECK(decide(policy, history, kStart).after == 2s);
}

TEST_CASE("an actor that crashes slowly for ever exceeds the sustained rate, and the verdict says so") {
  std::vector<TimePoint> history;
  for (int i = 0; i < 20; ++i) {
    const auto verdict = decide(kSlow, history, kStart + i * 1min);
    CHECK(verdict.restart);
    CHECK(verdict.after == 0ms);
  }

  const auto verdict = decide(kSlow, history, kStart + 20min);

  CHECK_FALSE(verdict.restart);
  CHECK(verdict.after == 5s);
  CHECK(verdict.why == "it crashed 21 times within 1 h, and 20 restarts are allowed");
  CHECK(decide(kSlow, history, kStart + 81min).restart);  // the hour is over
}

TEST_CASE("a burst is told from the sustained rate") {
  std::vector<TimePoint> history;
  for (int i = 0; i < 4; ++i) CHECK(decide(kSlow, history, kStart).restart);

  CHECK(decide(kSlow, history, kStart).why == "it crashed 5 times within 1 s, and 4 restarts are allowed");
}

TEST_CASE("chance takes at most its share off a wait, and the same dice give the same waits") {
  for (const double chance : {0.0, 0.3, 0.999999, 1.0}) {
    std::vector<TimePoint> history, again;
    (void)decide(kPolicy, history, kStart, chance);
    (void)decide(kPolicy, again, kStart, chance);

    const auto second = decide(kPolicy, history, kStart, chance);
    const auto third = decide(kPolicy, history, kStart, chance);

    CHECK(second.after == decide(kPolicy, again, kStart, chance).after);
    CHECK(second.after >= 5ms);
    CHECK(second.after <= 10ms);
    CHECK(third.after >= 10ms);
    CHECK(third.after <= 20ms);
  }
  std::vector<TimePoint> history;
  (void)decide(kPolicy, history, kStart, 1);
  CHECK(decide(kPolicy, history, kStart, 1).after == 5ms);
}

TEST_CASE("without a window nothing is a burst, and every restart is immediate") {
  const RestartPolicy policy{.restarts = 1, .window = 0ms, .sustained = 0};
  std::vector<TimePoint> history;
  for (int i = 0; i < 1000; ++i) {
    const auto verdict = decide(policy, history, kStart);
    CHECK(verdict.restart);
    CHECK(verdict.after == 0ms);
  }
  CHECK(history.size() == 1);
}

TEST_CASE("a policy can be said in words") {
  CHECK(in_words(kPolicy) == "4 restarts in 1 s, backoff 10 ms to 30 ms with jitter 50%, quarantined for 5 s");
  CHECK(in_words(kSlow) ==
        "4 restarts in 1 s and 20 in 1 h, backoff 10 ms to 2 s with jitter 20%, quarantined for 5 s");
  CHECK(in_words({.window = 0ms, .sustained = 0, .cooldown = 1s}) == "any number of restarts, quarantined for 1 s");
}

TEST_CASE("a policy that cannot be meant is refused by the name of its field") {
  CHECK_NOTHROW(check({}, "NodeConfig.restart"));
  CHECK_THROWS_WITH(check({.jitter = 1.5}, "NodeConfig.restart"),
                    "invalid: NodeConfig.restart.jitter must be from 0 to 1");
  CHECK_THROWS_AS(check({.window = -1ms}, "x"), Error);
  CHECK_THROWS_AS(check({.backoff = 2s, .max_backoff = 1s}, "x"), Error);
  CHECK_THROWS_AS(check({.cooldown = -1s}, "x"), Error);
}
