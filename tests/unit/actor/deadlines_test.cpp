// Which turns and calls are late or slow, and when an actor has to look again.
#include "actor/deadlines.h"

#include <doctest/doctest.h>

#include <chrono>
#include <memory>
#include <optional>

#include "actor/turns.h"
#include "unit/wire/call_fixture.h"

using namespace troupe;
using namespace troupe::actor;
using namespace std::chrono_literals;

namespace {

constexpr std::chrono::milliseconds kNoLimit{0};

// A turn that waits, since the first second; of a caller or, with no deadline, of the actor's own.
class WaitingTurn {
 public:
  explicit WaitingTurn(std::optional<std::chrono::seconds> deadline) {
    auto call = testing::call_to("sku-1", 1);
    call->deadline = deadline ? TimePoint{*deadline} : TimePoint::max();
    if (deadline) call->reply_to = make_counted<testing::Home>();
    turns_.wait(std::make_unique<Turn>(nullptr, std::move(call), TurnKind::exclusive, 1, TimePoint{1s}));
  }
  ~WaitingTurn() { (void)turns_.take(turn()); }
  [[nodiscard]] Turn& turn() { return *turns_.first_waiting(); }
  wire::EnvelopePtr calls(std::chrono::seconds deadline, std::chrono::seconds sent = 1s) {
    auto call = testing::call_to("sku-2", ++last_);
    call->deadline = TimePoint{deadline};
    call->sent = TimePoint{sent};
    turn().add_pending(*call);
    return call;
  }
  [[nodiscard]] Deadlines look(std::chrono::seconds now, std::chrono::milliseconds slow = kNoLimit) {
    return deadlines_of(&turn(), slow, TimePoint{now});
  }

 private:
  Turns turns_;
  std::uint64_t last_ = 1;
};

}  // namespace

TEST_CASE("the calls whose deadlines have passed are late, and the next deadline is that of the others") {
  WaitingTurn waiting(60s);
  const auto late = waiting.calls(4s), at_this_moment = waiting.calls(5s), sooner = waiting.calls(6s),
             later_on = waiting.calls(7s);

  const auto found = waiting.look(5s);
  REQUIRE(found.late_calls.size() == 2);
  for (const auto& call : found.late_calls) CHECK((call.get() == late.get() || call.get() == at_this_moment.get()));
  CHECK(found.next == TimePoint{6s});
}

TEST_CASE("a turn that somebody waits for has a deadline, the actor's own work has none") {
  WaitingTurn called(20s), own(std::nullopt);
  CHECK(called.look(5s).next == TimePoint{20s});
  CHECK_FALSE(is_late(called.turn(), TimePoint{19s}));
  CHECK(is_late(called.turn(), TimePoint{20s}));

  CHECK(own.look(5s).next == TimePoint::max());
  CHECK_FALSE(is_late(own.turn(), TimePoint::max()));
}

TEST_CASE("a turn is slow since its start, the actor's own work since it called") {
  WaitingTurn called(60s), own(std::nullopt);
  CHECK(slow_at(called.turn(), 2s, TimePoint{5s}) == TimePoint{3s});
  CHECK(slow_at(own.turn(), 2s, TimePoint{5s}) == TimePoint::max());

  (void)own.calls(60s, 4s);
  CHECK(slow_at(own.turn(), 2s, TimePoint{5s}) == TimePoint{6s});
  CHECK(own.look(5s, 2s).next == TimePoint{6s});
}

TEST_CASE("a turn that was reported is looked at after every further span, and never where no limit is set") {
  WaitingTurn called(60s);
  called.turn().reported_slow = true;
  CHECK(slow_at(called.turn(), 2s, TimePoint{9s}) == TimePoint{11s});
  CHECK(slow_at(called.turn(), kNoLimit, TimePoint{9s}) == TimePoint::max());
}
