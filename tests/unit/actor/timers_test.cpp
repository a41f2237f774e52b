// Timers and sleeping turns of one actor, many of them.
#include <doctest/doctest.h>

#include <atomic>
#include <future>
#include <vector>

#include "base/limits.h"
#include "contract/distance.h"
#include "script.h"

using namespace troupe;
using namespace troupe::contract;
using namespace std::chrono_literals;

namespace {

Task<> count(std::atomic<int>& counter) {
  ++counter;
  co_return;
}

}  // namespace

TEST_CASE("tens of thousands of timers of one actor fill no mailbox, and each rings once") {
  constexpr int kTimers = 80'000;
  ScriptStage stage;
  std::atomic<int> rung{0};

  const auto set = stage.ends_with([&](ScriptRole& actor) -> Task<> {
    for (int i = 0; i < kTimers; ++i)
      actor.after(50ms + std::chrono::microseconds(i % 1000), [&] { return count(rung); });
    co_return;
  });
  CHECK_FALSE(set);

  while (rung < kTimers) CHECK_NOTHROW((void)stage.actor().ping().get());
  CHECK(rung == kTimers);
}

TEST_CASE("timers ring in the order of their time, whatever order they are set in") {
  ScriptStage stage;
  std::vector<int> order;
  std::promise<void> last;

  CHECK_FALSE(stage.ends_with([&](ScriptRole& actor) -> Task<> {
    for (const int ms : {5, 3, 4, 1, 2, 6}) {
      actor.after(std::chrono::milliseconds(ms), [&order, &last, ms]() -> Task<> {
        order.push_back(ms);
        if (ms == 6) last.set_value();
        co_return;
      });
    }
    co_return;
  }));

  REQUIRE(last.get_future().wait_for(10s) == std::future_status::ready);
  CHECK(order == std::vector{1, 2, 3, 4, 5, 6});
}

TEST_CASE("past so many timers an actor is overloaded, and with one less it may set one more") {
  ScriptStage stage;
  std::optional<Error> refused, again;

  const auto end = stage.ends_with([&](ScriptRole& actor) -> Task<> {
    const auto nothing = []() -> Task<> { co_return; };
    std::uint64_t last = 0;
    for (std::size_t i = 0; i < limits::kMaxTimers; ++i) last = actor.after(1h, nothing);
    try {
      actor.after(1h, nothing);
    } catch (const Error& e) {
      refused = e;
    }
    actor.cancel_timer(last);
    actor.after(1h, nothing);
    try {
      co_await actor.sleep_for(1h);
    } catch (const Error& e) {
      again = e;
    }
  });

  CHECK_FALSE(end);
  REQUIRE(refused);
  CHECK(refused->kind() == ErrorKind::overloaded);
  REQUIRE(again);
  CHECK(again->kind() == ErrorKind::overloaded);
}

TEST_CASE("timers that are set and taken back at once do not pile up") {
  ScriptStage stage;

  CHECK_FALSE(stage.ends_with([&](ScriptRole& actor) -> Task<> {
    const auto nothing = []() -> Task<> { co_return; };
    for (std::size_t i = 0; i < 2 * limits::kMaxTimers; ++i) actor.cancel_timer(actor.after(1h, nothing));
    co_return;
  }));
}

TEST_CASE("turns that sleep beside each other wake each at its time, and one that is given up takes its sleep along") {
  ScriptStage stage;
  std::atomic<int> woken{0};
  stage.plan.beside = [&](ScriptRole& actor) -> Task<> {
    co_await actor.sleep_for(20ms);
    ++woken;
  };
  std::vector<std::future<Reply<Script::BesideResults>>> sleepers;
  for (int i = 0; i < 2000; ++i) sleepers.push_back(stage.actor().beside().future());
  for (auto& sleeper : sleepers) CHECK_NOTHROW((void)sleeper.get());
  CHECK(woken == 2000);

  stage.plan.beside = [&](ScriptRole& actor) -> Task<> { co_await actor.sleep_for(1h); };
  auto given_up = stage.actor().beside();
  const auto canceller = given_up.canceller();
  auto end = std::move(given_up).future();
  canceller.cancel();
  CHECK(error_of([&] { return end.get(); }).kind() == ErrorKind::cancelled);
  CHECK_NOTHROW((void)stage.actor().ping().get());
}

TEST_CASE("more turns than may wait beside each other wait for their turn, and all end") {
  ScriptStage stage;
  std::atomic<std::uint32_t> begun{0};
  std::atomic<bool> opened{false};
  stage.plan.beside = [&](ScriptRole& actor) -> Task<> {
    ++begun;
    while (!opened) co_await actor.sleep_for(500ms);
  };
  constexpr std::uint32_t kMore = 100;
  std::vector<std::future<Reply<Script::BesideResults>>> turns;
  for (std::uint32_t i = 0; i < limits::kMaxTurnsAtOnce; ++i) {
    turns.push_back(stage.actor().beside().future());
    if (i % 1000 == 0) REQUIRE(testing::eventually([&] { return begun >= i; }));
  }
  REQUIRE(testing::eventually([&] { return begun == limits::kMaxTurnsAtOnce; }));

  for (std::uint32_t i = 0; i < kMore; ++i) turns.push_back(stage.actor().beside().future());
  auto behind = stage.actor().ping().future();
  CHECK(begun == limits::kMaxTurnsAtOnce);
  opened = true;

  for (auto& turn : turns) CHECK_NOTHROW((void)turn.get());
  CHECK_NOTHROW((void)behind.get());
  CHECK(begun == limits::kMaxTurnsAtOnce + kMore);
}
