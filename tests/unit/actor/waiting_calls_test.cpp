// The calls that wait for their turn: their order, what is counted while they wait, and which are turned away.
#include "actor/waiting_calls.h"

#include <doctest/doctest.h>

#include <chrono>
#include <optional>

#include "unit/wire/call_fixture.h"

using namespace troupe;
using namespace troupe::actor;
using namespace std::chrono_literals;

namespace {

const OverloadPolicy kShedding{.target = 100ms, .interval = 500ms, .min_queue = 4};

QueueMeter::Levels held_by_node() { return testing::the_sink().origin.queued.levels(TimePoint{}); }

// One whose calls all arrived at the start, and are looked at in time.
struct CallsOfOne {
  void come(std::uint64_t many) {
    for (std::uint64_t id = 1; id <= many; ++id) calls.push(testing::call_to("sku-1", ++last));
  }
  [[nodiscard]] bool sheds(std::chrono::milliseconds waited, bool nested = false) {
    auto call = testing::call_to("sku-1", ++last);
    call->arrived = TimePoint{1h};
    call->depth = nested ? 1 : 0;
    return calls.sheds(*call, {TimePoint{1h} + waited, in_inbox, turns_done}, kShedding);
  }

  WaitingCalls calls;
  std::uint64_t last = 0;
  std::uint32_t in_inbox = 0;
  std::uint64_t turns_done = 0;
};

}  // namespace

TEST_CASE("calls have their turns in the order they came, also those that come while others go") {
  CallsOfOne actor;
  actor.come(2);
  CHECK(actor.calls.first().id.lo == 1);
  CHECK(actor.calls.pop()->id.lo == 1);
  actor.come(1);

  CHECK(actor.calls.pop()->id.lo == 2);
  CHECK(actor.calls.pop()->id.lo == 3);
  CHECK(actor.calls.empty());
  actor.come(1);
  CHECK(actor.calls.pop()->id.lo == 4);
}

TEST_CASE("the first call that may go comes before those that may not, and the others keep their order") {
  CallsOfOne actor;
  actor.come(4);
  const auto bring = [&](std::uint64_t id) {
    actor.calls.bring_forward([id](const wire::Envelope& call) { return call.id.lo >= id; });
  };
  bring(9);  // none may
  bring(1);  // the first may
  CHECK(actor.calls.first().id.lo == 1);
  bring(4);  // the last, which is the last no more
  actor.come(1);
  bring(2);
  for (const std::uint64_t id : {4, 1, 2, 3, 5}) CHECK(actor.calls.pop()->id.lo == id);
  CHECK(actor.calls.empty());
  bring(1);
}

TEST_CASE("a call is counted as held, and known not to have run, exactly while it waits") {
  const auto before = held_by_node();
  WaitingCalls calls;
  const auto call = testing::call_to("sku-1", 1, 1'000);
  CHECK_FALSE(call->in_line);

  calls.push(call);
  CHECK(call->in_line);
  CHECK(calls.count() == 1);
  CHECK(held_by_node().held == before.held + 1);
  CHECK(held_by_node().bytes == before.bytes + static_cast<std::int64_t>(call->footprint()));

  (void)calls.pop();
  CHECK_FALSE(call->in_line);
  CHECK(calls.count() == 0);
  CHECK(held_by_node().held == before.held);
  CHECK(held_by_node().bytes == before.bytes);
}

TEST_CASE("calls that are refused, or whose actor goes, are answered, and held no more") {
  const auto before = held_by_node();
  for (const bool refused : {true, false}) {
    std::optional<CallsOfOne> actor(std::in_place);
    const auto home = make_counted<testing::Home>();
    for (std::uint64_t id = 1; id <= 3; ++id) {
      auto call = testing::call_to("sku-1", id);
      call->reply_to = home;
      actor->calls.push(std::move(call));
    }

    if (refused) {
      actor->calls.refuse(Error(ErrorKind::unavailable, "it does not run"));
      CHECK(actor->calls.empty());
    }
    actor.reset();
    const auto answers = home->answers();
    REQUIRE(answers.size() == 3);
    for (std::uint64_t i = 0; i < 3; ++i) {
      CHECK(answers[i]->id.lo == i + 1);
      CHECK(answers[i]->error->kind() == ErrorKind::unavailable);
    }
    CHECK(held_by_node().held == before.held);
  }
}

TEST_CASE("calls that wait for their turn leave less room for others") {
  CallsOfOne actor;
  CHECK(actor.calls.room(3) == 3);
  actor.come(2);
  CHECK(actor.calls.room(3) == 1);
  actor.come(2);
  CHECK(actor.calls.room(3) == 0);
}

TEST_CASE("a queue that stands is cut to what is served in time, until a call was quick") {
  CallsOfOne actor;
  actor.come(50);
  actor.in_inbox = 50;
  CHECK_FALSE(actor.sheds(300ms));  // long, but it may be a burst
  actor.turns_done = 50;

  CHECK(actor.sheds(900ms));
  CHECK(actor.calls.standing());
  CHECK(actor.calls.longest() == 8);  // 50 turns in 600 ms are 8 in 100 ms
  CHECK(actor.calls.room(1'000) == 0);
  CHECK(actor.calls.delay() == 900ms);

  CHECK_FALSE(actor.sheds(1ms));
  CHECK_FALSE(actor.calls.standing());
  CHECK(actor.calls.room(1'000) == 950);
  CHECK(actor.calls.delay() == 0ms);
}

TEST_CASE("calls that wait for a worker stand behind a call as those do that wait for their turn") {
  for (const auto& [here, inbox] : {std::pair{50u, 0u}, {0u, 50u}, {0u, 0u}}) {
    CallsOfOne actor;
    actor.come(here);
    actor.in_inbox = inbox;
    (void)actor.sheds(300ms);
    CHECK(actor.sheds(900ms) == (here + inbox > 0));
    CHECK(actor.calls.delay() == (here + inbox > 0 ? 900ms : 0ms));
  }
}

TEST_CASE("a call that a turn made is given twice the time") {
  CallsOfOne actor;
  actor.come(50);
  (void)actor.sheds(300ms);
  REQUIRE(actor.sheds(900ms));

  CHECK(actor.sheds(300ms));
  CHECK_FALSE(actor.sheds(300ms, true));
  CHECK(actor.sheds(500ms, true));
}

TEST_CASE("what is no call of an ordinary caller is never shed") {
  CallsOfOne actor;
  actor.come(50);
  (void)actor.sheds(300ms);
  REQUIRE(actor.sheds(900ms));
  auto message = testing::call_to("sku-1", 99);
  message->arrived = TimePoint{1h};
  message->delivery = std::make_unique<wire::Delivery>(wire::DurableMessage{});

  CHECK_FALSE(actor.calls.sheds(*message, {TimePoint{1h} + 900ms, 50, 0}, kShedding));
}
