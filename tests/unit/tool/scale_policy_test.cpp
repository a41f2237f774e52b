// When a cluster grows and shrinks: time and samples in, a step out.
#include "scale_policy.h"

#include <doctest/doctest.h>

using namespace troupe::tool;
using namespace std::chrono_literals;

namespace {

constexpr ScaleRules kRules{.min = 2,
                            .max = 4,
                            .grow_above = 100ms,
                            .grow_after = 10s,
                            .shrink_below = 20ms,
                            .shrink_after = 60s,
                            .cool_down = 30s};
using Waits = std::vector<std::optional<std::chrono::milliseconds>>;

// A policy, and a clock that is looked at every second.
class Watched {
 public:
  explicit Watched(const ScaleRules& rules = kRules) : policy(rules) {}
  // The first step within `time`, or that it stays.
  ScaleStep see(unsigned count, const Waits& waits, std::chrono::seconds time) {
    for (const auto until = now + time; now < until; now += 1s)
      if (const auto step = policy.look(now, count, waits); step != ScaleStep::stay) return step;
    return ScaleStep::stay;
  }
  ScalePolicy policy;
  ScalePolicy::Time now{1h};
};

}  // namespace

TEST_CASE("it grows when calls have waited too long on some node for long enough, and not before") {
  Watched watched;

  CHECK(watched.see(2, {150ms, 0ms}, 10s) == ScaleStep::stay);
  CHECK(watched.see(2, {150ms, 0ms}, 2s) == ScaleStep::grow);
}

TEST_CASE("one look at which calls do not wait begins the time anew") {
  Watched watched;

  CHECK(watched.see(2, {150ms, 0ms}, 9s) == ScaleStep::stay);
  CHECK(watched.see(2, {100ms, 0ms}, 1s) == ScaleStep::stay);  // no more than the bound
  CHECK(watched.see(2, {0ms, 150ms}, 10s) == ScaleStep::stay);
  CHECK(watched.see(2, {0ms, 150ms}, 1s) == ScaleStep::grow);
}

TEST_CASE("it shrinks when no node's calls wait for long enough; between the bounds it does neither") {
  Watched watched;

  CHECK(watched.see(3, {20ms, 50ms, 99ms}, 1h) == ScaleStep::stay);
  CHECK(watched.see(3, {0ms, 19ms, 0ms}, 60s) == ScaleStep::stay);
  CHECK(watched.see(3, {0ms, 19ms, 0ms}, 2s) == ScaleStep::shrink);
}

TEST_CASE("it never goes below the least or above the most, and comes back to what is between") {
  Watched watched;

  CHECK(watched.see(4, {900ms}, 1h) == ScaleStep::stay);
  CHECK(watched.see(2, {0ms}, 1h) == ScaleStep::stay);
  CHECK(watched.see(1, {}, 1s) == ScaleStep::grow);
  ScaleRules fixed = kRules;
  fixed.min = fixed.max = 2;
  Watched still(fixed);
  CHECK(still.see(2, {900ms}, 1h) == ScaleStep::stay);
  CHECK(still.see(2, {0ms}, 1h) == ScaleStep::stay);
}

TEST_CASE("a node that does not answer is no reason to shrink, nor is it that nobody was asked") {
  Watched watched;

  CHECK(watched.see(3, {0ms, std::nullopt, 0ms}, 1h) == ScaleStep::stay);
  CHECK(watched.see(3, {}, 1h) == ScaleStep::stay);
  CHECK(watched.see(3, {0ms, 0ms, 0ms}, 59s) == ScaleStep::stay);
  CHECK(watched.see(3, {0ms, std::nullopt, 0ms}, 1s) == ScaleStep::stay);
  CHECK(watched.see(3, {0ms, 0ms, 0ms}, 60s) == ScaleStep::stay);
  CHECK(watched.see(3, {std::nullopt, 150ms, 0ms}, 11s) == ScaleStep::grow);
}

TEST_CASE("after a step it waits for what comes of it, and what was seen before counts for nothing") {
  Watched watched;
  REQUIRE(watched.see(2, {150ms}, 11s) == ScaleStep::grow);
  watched.policy.stepped(watched.now);

  CHECK(watched.see(3, {150ms}, 30s) == ScaleStep::stay);
  CHECK(watched.see(3, {150ms}, 1s) == ScaleStep::grow);
  watched.policy.stepped(watched.now);
  CHECK(watched.see(4, {0ms}, 60s) == ScaleStep::stay);
  CHECK(watched.see(4, {0ms}, 1s) == ScaleStep::shrink);
}

TEST_CASE("the longest times mean never, and none means at once") {
  ScaleRules rules = kRules;
  rules.grow_after = rules.shrink_after = rules.cool_down = std::chrono::milliseconds::max();
  Watched never(rules);
  CHECK(never.see(3, {900ms}, 1h) == ScaleStep::stay);
  CHECK(never.see(3, {0ms}, 1h) == ScaleStep::stay);
  never.policy.stepped(never.now);
  CHECK(never.see(0, {}, 1h) == ScaleStep::stay);
  rules.grow_after = rules.shrink_after = rules.cool_down = 0ms;
  Watched at_once(rules);
  CHECK(at_once.see(3, {900ms}, 1s) == ScaleStep::grow);
  CHECK(at_once.see(3, {0ms}, 1s) == ScaleStep::shrink);
}
