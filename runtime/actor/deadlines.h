// Which turns and calls of one actor are late, and when the next one will be. Pure; on the actor's own thread.
#pragma once

#include <chrono>
#include <vector>

#include "actor/turn.h"
#include "base/clock.h"
#include "wire/envelope.h"

namespace troupe::actor {

// From when on a turn counts as slow, if `limit` is what it may take; zero: none is slow. That is since its start; work
// of the actor's own may go on for as long as it likes, there it is a call that does not come back. After a report,
// every further span is worth a look. max(): it cannot become slow as it is.
[[nodiscard]] TimePoint slow_at(const Turn& turn, std::chrono::milliseconds limit, TimePoint now) noexcept;

// Somebody waits for the turn, and does so no longer.
[[nodiscard]] inline bool is_late(const Turn& turn, TimePoint now) noexcept {
  return turn.has_caller() && turn.call()->deadline <= now;
}

struct Deadlines {
  std::vector<wire::EnvelopePtr> late_calls;  // that turns wait for, and whose deadlines have passed
  TimePoint next = TimePoint::max();          // when one of the turns, or of their other calls, will be late or slow
};
// `first_waiting`: the first turn of the list; none of them is_late().
[[nodiscard]] Deadlines deadlines_of(const Turn* first_waiting, std::chrono::milliseconds slow_limit, TimePoint now);

}  // namespace troupe::actor
