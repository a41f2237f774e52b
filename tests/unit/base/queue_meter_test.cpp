// How many calls wait on a node, counted by many threads; and when one more is too many. The test owns the time.
#include "base/queue_meter.h"

#include <doctest/doctest.h>

#include <thread>
#include <vector>

using namespace troupe;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t kBytes = 500;

OverloadPolicy small() { return {.max_queued_calls = 80, .max_queued_bytes = 1'000'000}; }

struct Node {
  explicit Node(const OverloadPolicy& policy = {}) { meter.configure(policy); }
  [[nodiscard]] Bound enter(bool nested = false, std::size_t bytes = kBytes) { return meter.enter(bytes, nested, now); }
  // Calls that all waited for `delay` are taken for `time`, one every millisecond. How many are to be shed.
  int serve(std::chrono::milliseconds time, std::chrono::milliseconds delay) {
    int shed = 0;
    for (const auto end = now + time; now < end; now += 1ms) {
      if (enter() != Bound::none) meter.enter_anyway(kBytes);
      shed += meter.taken(kBytes, now - delay, now, false);
    }
    return shed;
  }

  [[nodiscard]] QueueMeter::Levels levels() const { return meter.levels(now); }

  QueueMeter meter;
  TimePoint now{1h};
};

}  // namespace

TEST_CASE("what threads counted adds up, also of more threads than have slots of their own") {
  Node node;
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < QueueMeter::kThreads + 20; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 1'000; ++i) node.meter.enter_anyway(kBytes);
      for (int i = 0; i < 997; ++i) node.meter.leave(kBytes);
      node.meter.hold(kBytes);
      node.meter.refused(Bound::mailbox);
    });
  }
  for (auto& thread : threads) thread.join();

  const auto levels = node.levels();

  const std::int64_t waiting = 4 * (QueueMeter::kThreads + 20);
  CHECK(levels.calls == waiting);
  CHECK(levels.bytes == waiting * std::int64_t{kBytes});
  CHECK(levels.held == waiting / 4);
  CHECK(levels.refused[static_cast<std::size_t>(Bound::mailbox)] == QueueMeter::kThreads + 20);
}

TEST_CASE("one thread that counts for several nodes keeps them apart") {
  Node one, other;
  const QueueMeter& meter = other.meter;
  QueueMeter third;
  for (int i = 0; i < 100; ++i) {
    one.meter.enter_anyway(1);
    third.enter_anyway(10);
  }

  CHECK(one.levels().calls == 100);
  CHECK(third.levels(one.now).bytes == 1'000);
  CHECK(meter.levels(one.now).calls == 0);
}

TEST_CASE("a node with as many calls as it may have takes no more, and those of turns to an eighth more") {
  Node node(small());
  for (int i = 0; i < 80; ++i) REQUIRE(node.enter() == Bound::none);

  CHECK(node.enter() == Bound::node_calls);
  for (int i = 0; i < 10; ++i) CHECK(node.enter(true) == Bound::none);
  CHECK(node.enter(true) == Bound::node_calls);

  for (int i = 0; i < 11; ++i) node.meter.leave(kBytes);
  CHECK(node.enter() == Bound::none);
}

TEST_CASE("a node with as many bytes as it may have takes no more; the one that came to that may be any size") {
  Node node(small());

  CHECK(node.enter(false, 999'999) == Bound::none);
  CHECK(node.enter(false, 50'000'000) == Bound::none);
  CHECK(node.enter(false, 1) == Bound::node_bytes);

  node.meter.leave(50'000'000);
  CHECK(node.enter(false, 1) == Bound::none);
}

TEST_CASE("calls that wait long for a moment are not shed: a burst drains") {
  Node node;

  CHECK(node.serve(400ms, 300ms) == 0);
  CHECK(node.serve(600ms, 10ms) == 0);
  CHECK(node.serve(400ms, 300ms) == 0);
  CHECK_FALSE(node.levels().standing);
}

TEST_CASE("when for an interval every call waited too long, the longest-waiting are shed and the queue is cut") {
  Node node;
  CHECK(node.serve(500ms, 50ms) == 0);
  (void)node.serve(1'100ms, 250ms);
  REQUIRE(node.levels().standing);

  CHECK(node.serve(100ms, 150ms) == 0);  // longer than the target, and not twice that
  CHECK(node.serve(100ms, 250ms) == 100);
  CHECK_FALSE(node.meter.taken(kBytes, node.now - 250ms, node.now, true));  // a turn's call is given twice the time

  // One a millisecond, so about a hundred in the target; never less than what keeps the workers busy.
  int let_in = 0;
  while (node.enter() == Bound::none) REQUIRE(++let_in < 2'000);
  CHECK(node.enter() == Bound::node_delay);
  CHECK(node.meter.retry_after(node.now) >= 100ms);
  CHECK(node.meter.retry_after(node.now) <= 5s);
  CHECK(let_in < 300);
  CHECK(node.enter(true) == Bound::none);  // and twice the room
}

TEST_CASE("calls that are served quickly again end the shedding") {
  Node node;
  (void)node.serve(1'600ms, 250ms);
  REQUIRE(node.levels().standing);

  (void)node.serve(1'100ms, 20ms);

  CHECK_FALSE(node.levels().standing);
  CHECK(node.serve(100ms, 400ms) == 0);
}

TEST_CASE("a flood that takes longer than an interval to serve is cut before the interval is over") {
  Node node;
  (void)node.serve(300ms, 10ms);
  for (int i = 0; i < 2'000; ++i) (void)node.enter();  // two seconds of what is served

  (void)node.serve(250ms, 150ms);

  CHECK(node.levels().standing);
  CHECK(node.enter() == Bound::node_delay);
}

TEST_CASE("a node that sheds goes on while calls wait long in the mean, though some are quick") {
  Node node;
  (void)node.serve(1'600ms, 250ms);
  REQUIRE(node.levels().standing);

  for (int i = 0; i < 300; ++i) {
    (void)node.serve(1ms, 0ms);
    (void)node.serve(4ms, 110ms);
  }

  CHECK(node.levels().standing);
}

TEST_CASE("what is turned away does not count as served: the queue is not cut to it") {
  Node node({.max_queued_calls = 1'000'000});
  (void)node.serve(1'600ms, 250ms);
  // A long queue is let go of in no time, and one in a thousand of it is served.
  for (int i = 0; i < 100'000; ++i) {
    if (i % 100 == 0) node.now += 1ms;
    (void)node.enter(true);
    const bool served = i % 1'000 == 0;
    (void)node.meter.taken(kBytes, node.now - (served ? 150ms : 250ms), node.now, false);
  }
  REQUIRE(node.levels().standing);

  int let_in = 0;
  while (node.enter() == Bound::none) REQUIRE(++let_in < 2'000);
  CHECK(let_in < 300);
}

TEST_CASE("a verdict that no served call renews is void") {
  Node node({.max_queued_calls = 1'000'000});
  (void)node.serve(1'600ms, 250ms);
  int let_in = 0;
  while (node.enter() == Bound::none) REQUIRE(++let_in < 2'000);

  node.now += 3s;

  CHECK(node.enter() == Bound::none);
}

TEST_CASE("the first calls after a pause tell nothing of the pause") {
  Node node;
  (void)node.serve(600ms, 10ms);
  node.now += 10s;

  CHECK(node.serve(400ms, 300ms) == 0);
}

TEST_CASE("the first calls of a node, and those after a pause, wait for nobody: the pause is no delay") {
  Node node;
  for (const auto pause : {0s, 54 * 60s, 1s}) {
    node.now += pause;
    for (int i = 0; i < 3; ++i) REQUIRE(node.enter() == Bound::none);
    (void)node.meter.taken(kBytes, node.now, node.now + 1us, false);

    CHECK(node.levels().wait_ms == 0);
    CHECK(node.meter.retry_after(node.now) == kRetryAfter);
    for (int i = 0; i < 2; ++i) (void)node.meter.taken(kBytes, node.now, node.now + 2us, false);
  }
}

TEST_CASE("calls that come now and then wait for nobody") {
  Node node;
  for (int i = 0; i < 20; ++i) {
    node.now += 90ms;
    REQUIRE(node.enter() == Bound::none);
    REQUIRE(node.enter() == Bound::none);
    (void)node.meter.taken(kBytes, node.now, node.now, false);
    CHECK(node.levels().wait_ms == 0);
    (void)node.meter.taken(kBytes, node.now, node.now, false);
  }
}

TEST_CASE("what a flood made calls wait is not said any more when it is over") {
  Node node;
  (void)node.serve(1'600ms, 250ms);
  for (int i = 0; i < 500; ++i) node.meter.enter_anyway(kBytes);
  REQUIRE(node.levels().standing);
  CHECK(node.levels().wait_ms > 400);  // one a millisecond
  CHECK(node.levels().wait_ms < 600);
  CHECK(node.meter.retry_after(node.now) > 400ms);

  for (int i = 0; i < 500; ++i) node.meter.leave(kBytes);
  CHECK(node.levels().wait_ms == 0);
  node.now += 3s;

  CHECK_FALSE(node.levels().standing);
  CHECK(node.meter.retry_after(node.now) == kRetryAfter);
}

TEST_CASE("with a target of zero nothing is shed") {
  Node node({.target = 0ms});

  CHECK(node.serve(5s, 4s) == 0);
  CHECK_FALSE(node.levels().standing);
}
