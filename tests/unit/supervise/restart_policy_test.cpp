#include <doctest/doctest.h>

#include "supervise/restart_policy.h"

using namespace troupe;
using namespace troupe::supervise;
using namespace std::chrono_literals;

namespace {

const TimePoint kStart{std::chrono::hours(1)};
constexpr RestartPolicy kPolicy{.restarts = 4, .window = 1000ms, .backoff = 10ms, .max_backoff = 30ms, .cooldown = 5s};

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
  CHECK(history.size() == 6);
}

TEST_CASE("crashes out of the window do not count") {
  std::vector<TimePoint> history;
  for (int i = 0; i < 4; ++i) (void)decide(kPolicy, history, kStart);

  const auto verdict = decide(kPolicy, history, kStart + 1000ms);

  CHECK(verdict.restart);
  CHECK(verdict.after == 0ms);
  CHECK(history.size() == 1);
}

TEST_CASE("crashes that come slowly never give up") {
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
  const RestartPolicy policy{.restarts = 1000, .window = 1h, .backoff = 10ms, .max_backoff = 2s};
  std::vector<TimePoint> history;
  for (int i = 0; i < 500; ++i) CHECK(decide(policy, history, kStart).after <= 2s);
  CHECK(decide(policy, history, kStart).after == 2s);
}

TEST_CASE("a policy can be said in words") {
  CHECK(in_words(kPolicy) == "4 restarts in 1000 ms, backoff 10 to 30 ms, given up for 5000 ms");
}
