// The breaker as a state machine, the budget and the waits: times and outcomes in, decisions out.
#include "resilience/breaker.h"

#include <doctest/doctest.h>

#include <deque>
#include <random>

#include "resilience/backoff.h"
#include "resilience/budget.h"

using namespace troupe;
using namespace troupe::resilience;
using namespace std::chrono_literals;

namespace {

constexpr BreakerPolicy kHalfFailed{
    .error_rate = 0.5, .window = 10s, .minimum_calls = 4, .open_for = 1s, .half_open_calls = 2};

struct BreakerStage {
  explicit BreakerStage(const BreakerPolicy& policy) : breaker(policy) {}
  // A call that goes, takes so long and ends so. False: it was not let go.
  bool call(Verdict verdict, std::chrono::milliseconds took = 1ms) {
    const auto asked = breaker.ask(now);
    if (!std::holds_alternative<Breaker::Pass>(asked)) return false;
    now += took;
    breaker.ended(std::get<Breaker::Pass>(asked), verdict, now);
    return true;
  }
  Breaker breaker;
  TimePoint now{1'000'000ms};
};

}  // namespace

TEST_CASE("a breaker opens when the share of its calls failed, and not before there were enough of them") {
  BreakerStage stage(kHalfFailed);

  for (int i = 0; i < 3; ++i) CHECK(stage.call(Verdict::failed));
  CHECK(stage.breaker.state() == BreakerState::closed);
  CHECK(stage.call(Verdict::good));

  CHECK(stage.breaker.state() == BreakerState::open);
  CHECK(!stage.call(Verdict::good));
  CHECK(stage.breaker.opened_by().failed == 3);
  CHECK(stage.breaker.opened_by().calls == 4);
  CHECK(stage.breaker.refused() == 1);
}

TEST_CASE("what failed longer ago than the window opens no breaker") {
  BreakerStage stage(kHalfFailed);
  for (int i = 0; i < 3; ++i) CHECK(stage.call(Verdict::failed));

  stage.now += 10s;
  for (int i = 0; i < 4; ++i) CHECK(stage.call(i == 0 ? Verdict::failed : Verdict::good));

  CHECK(stage.breaker.state() == BreakerState::closed);
  CHECK(stage.breaker.figures(stage.now).calls == 4);
}

TEST_CASE("an open breaker says when it is worth coming again, and then lets so many calls try") {
  BreakerStage stage(kHalfFailed);
  for (int i = 0; i < 4; ++i) CHECK(stage.call(Verdict::failed));
  stage.now += 400ms;
  const auto refused = stage.breaker.ask(stage.now);
  REQUIRE(std::holds_alternative<Breaker::Closed>(refused));
  CHECK(std::get<Breaker::Closed>(refused).retry_after == 600ms);

  stage.now += 600ms;
  const auto one = stage.breaker.ask(stage.now), two = stage.breaker.ask(stage.now);
  const auto three = stage.breaker.ask(stage.now);

  CHECK(stage.breaker.state() == BreakerState::half_open);
  REQUIRE(std::holds_alternative<Breaker::Pass>(one));
  REQUIRE(std::holds_alternative<Breaker::Pass>(two));
  CHECK(std::holds_alternative<Breaker::Closed>(three));
  stage.breaker.ended(std::get<Breaker::Pass>(one), Verdict::good, stage.now);
  CHECK(stage.breaker.state() == BreakerState::half_open);
  stage.breaker.ended(std::get<Breaker::Pass>(two), Verdict::good, stage.now);
  CHECK(stage.breaker.state() == BreakerState::closed);
  CHECK(stage.breaker.figures(stage.now).calls == 0);
}

TEST_CASE("a trial that goes badly opens the breaker again, and one whose calls were given up goes on") {
  BreakerStage stage(kHalfFailed);
  for (int i = 0; i < 4; ++i) CHECK(stage.call(Verdict::failed));
  stage.now += 1s;

  CHECK(stage.call(Verdict::nothing));
  CHECK(stage.call(Verdict::nothing));
  CHECK(stage.breaker.state() == BreakerState::half_open);
  CHECK(stage.call(Verdict::failed));

  CHECK(stage.breaker.state() == BreakerState::open);
  CHECK(stage.breaker.times_opened() == 2);
}

TEST_CASE("calls of a state that is over change nothing when they end") {
  BreakerStage stage(kHalfFailed);
  const auto old = std::get<Breaker::Pass>(stage.breaker.ask(stage.now));
  for (int i = 0; i < 4; ++i) CHECK(stage.call(Verdict::failed));
  stage.now += 1s;
  const auto trial = std::get<Breaker::Pass>(stage.breaker.ask(stage.now));

  stage.breaker.ended(old, Verdict::failed, stage.now);
  CHECK(stage.breaker.state() == BreakerState::half_open);
  stage.breaker.reset();
  stage.breaker.ended(trial, Verdict::failed, stage.now);

  CHECK(stage.breaker.state() == BreakerState::closed);
  CHECK(stage.breaker.idle(stage.now));
}

TEST_CASE("a breaker opens by slowness too, whatever the slow calls ended with") {
  BreakerPolicy policy = kHalfFailed;
  policy.error_rate = 0;
  policy.slow_call = 100ms;
  BreakerStage stage(policy);

  CHECK(stage.call(Verdict::failed, 99ms));
  CHECK(stage.call(Verdict::good, 99ms));
  CHECK(stage.call(Verdict::good, 100ms));
  CHECK(stage.breaker.state() == BreakerState::closed);
  CHECK(stage.call(Verdict::nothing, 200ms));  // given up, and slow by then

  CHECK(stage.breaker.state() == BreakerState::open);
  CHECK(stage.breaker.opened_by().slow == 2);
}

TEST_CASE("a breaker with the largest numbers neither overflows nor opens") {
  BreakerPolicy policy{.error_rate = 1,
                       .slow_call = std::chrono::milliseconds::max(),
                       .slow_rate = 1,
                       .window = 1h,
                       .minimum_calls = ~std::uint32_t{0},
                       .open_for = 1h,
                       .half_open_calls = 1'000};
  BreakerStage stage(policy);

  for (int i = 0; i < 1'000; ++i) CHECK(stage.call(Verdict::failed, 1h));

  CHECK(stage.breaker.state() == BreakerState::closed);
  stage.now = TimePoint::max();
  stage.breaker.open(stage.now);
  CHECK(stage.breaker.state() == BreakerState::open);
}

TEST_CASE("whatever happens, a breaker lets no more than its trial through, and opens by its window alone") {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 dice(seed);
    BreakerPolicy policy = kHalfFailed;
    policy.minimum_calls = 1 + static_cast<std::uint32_t>(dice() % 5);
    policy.half_open_calls = 1 + static_cast<std::uint32_t>(dice() % 4);
    Breaker breaker(policy);
    TimePoint now{1s};
    std::deque<Breaker::Pass> under_way;
    std::uint64_t in_trial = 0;
    for (int step = 0; step < 500; ++step) {
      now += std::chrono::milliseconds(dice() % 300);
      if (under_way.empty() || dice() % 2 == 0) {
        const auto before = breaker.state();
        const auto asked = breaker.ask(now);
        if (before != BreakerState::half_open) in_trial = 0;
        const bool went = std::holds_alternative<Breaker::Pass>(asked);
        if (before == BreakerState::closed) REQUIRE(went);
        if (breaker.state() == BreakerState::open) REQUIRE(!went);
        if (went) under_way.push_back(std::get<Breaker::Pass>(asked));
        if (went && breaker.state() == BreakerState::half_open) REQUIRE(++in_trial <= policy.half_open_calls);
      } else {
        const auto pass = under_way.front();
        under_way.pop_front();
        const auto before = breaker.state();
        auto seen = breaker.figures(now);
        const bool failed = dice() % 3 == 0;
        breaker.ended(pass, failed ? Verdict::failed : Verdict::good, now);
        if (before == BreakerState::closed && breaker.state() == BreakerState::open) {
          REQUIRE(seen.calls + 1 >= policy.minimum_calls);
          REQUIRE(2 * (seen.failed + (failed ? 1 : 0)) >= seen.calls + 1);
        }
      }
    }
  }
}

TEST_CASE("a refusal is an answer of a callee that is well, a cancelled call says nothing of it") {
  const auto of = [](ErrorKind kind) {
    const Error error(kind, "x");
    return verdict_of(&error);
  };
  CHECK(verdict_of(nullptr) == Verdict::good);
  for (const auto kind : {ErrorKind::refused, ErrorKind::invalid, ErrorKind::not_found, ErrorKind::denied,
                          ErrorKind::unauthenticated, ErrorKind::unimplemented})
    CHECK(of(kind) == Verdict::good);
  for (const auto kind : {ErrorKind::unavailable, ErrorKind::overloaded, ErrorKind::deadline,
                          ErrorKind::unknown_outcome, ErrorKind::failed, ErrorKind::corrupt})
    CHECK(of(kind) == Verdict::failed);
  CHECK(of(ErrorKind::cancelled) == Verdict::nothing);
}

TEST_CASE("a budget lets a share of the calls be retries, and some in each second besides") {
  Budget budget({.share = 0.2, .per_second = 1});
  TimePoint now{1'000s};
  for (int i = 0; i < 100; ++i) budget.called(now);

  int taken = 0;
  while (budget.take(now)) ++taken;
  CHECK(taken == 30);  // a fifth of a hundred, and one for each of ten seconds
  CHECK(budget.refused() == 1);

  now += 11s;  // neither calls nor retries are within the window any more
  taken = 0;
  while (budget.take(now)) ++taken;
  CHECK(taken == 10);
}

TEST_CASE("a budget of nothing lets nothing be tried again") {
  Budget budget({.share = 0, .per_second = 0});
  budget.called(TimePoint{1s});

  CHECK(!budget.take(TimePoint{1s}));
}

TEST_CASE("waits double up to the longest, chance takes off what the policy says, and what was asked for is waited") {
  const RetryPolicy policy{.tries = 100, .backoff = 10ms, .max_backoff = 100ms, .jitter = 0.5};

  CHECK(backoff(policy, 1, 0ms, 0) == 10ms);
  CHECK(backoff(policy, 3, 0ms, 0) == 40ms);
  CHECK(backoff(policy, 9, 0ms, 0) == 100ms);
  CHECK(backoff(policy, 3, 0ms, 1) == 20ms);
  CHECK(backoff(policy, 1, 500ms, 0) == 500ms);
  CHECK(backoff(policy, 1, 500ms, 1) == 600ms);
  CHECK(backoff(policy, 9, 50ms, 0) == 100ms);

  const RetryPolicy longest{.tries = 2,
                            .backoff = std::chrono::milliseconds::max(),
                            .max_backoff = std::chrono::milliseconds::max(),
                            .jitter = 1};
  CHECK(backoff(longest, ~0u, std::chrono::milliseconds::max(), 1) > 0ms);
  CHECK(backoff(longest, 1, 0ms, 0) == 24h);
}
