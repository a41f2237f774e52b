#include "actor/deadlines.h"

#include <algorithm>

namespace troupe::actor {

TimePoint slow_at(const Turn& turn, std::chrono::milliseconds limit, TimePoint now) noexcept {
  if (limit.count() == 0) return TimePoint::max();
  if (turn.reported_slow) return later(now, limit);
  if (turn.call()->reply_to || turn.call()->delivery) return later(turn.since(), limit);
  return turn.first_pending() ? later(turn.first_pending()->sent, limit) : TimePoint::max();
}

Deadlines deadlines_of(const Turn* first_waiting, std::chrono::milliseconds slow_limit, TimePoint now) {
  Deadlines found;
  for (const Turn* turn = first_waiting; turn; turn = turn->next) {
    found.next = std::min(found.next, slow_at(*turn, slow_limit, now));
    if (turn->has_caller()) found.next = std::min(found.next, turn->call()->deadline);
    for (auto* call = turn->first_pending(); call; call = call->pending_next) {
      if (call->deadline <= now) {
        found.late_calls.push_back(wire::EnvelopePtr::share(call));
      } else {
        found.next = std::min(found.next, call->deadline);
      }
    }
  }
  return found;
}

}  // namespace troupe::actor
