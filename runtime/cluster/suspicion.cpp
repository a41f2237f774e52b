// Which members this node's own links tell it to doubt. Links are the first to know that somebody died; who owns what
// changes by sessions alone.
#include "cluster/router.h"

namespace troupe::cluster {

void Router::on_dial_failed(net::PeerId peer) noexcept {
  MemberPlace& place = places_.at(peer);
  if (place.lost_at.load(std::memory_order_relaxed) != TimePoint{})
    place.redial_failed.store(true, std::memory_order_relaxed);
}

std::optional<TimePoint> Router::suspects(MemberIndex member) const noexcept {
  const MemberPlace& place = places_.at(member);
  const TimePoint lost = place.lost_at.load(std::memory_order_relaxed);
  if (lost == TimePoint{}) return std::nullopt;
  const bool waited = origin.clock.exact_now() >= later(lost, kSuspectAfter);
  return waited || place.redial_failed.load(std::memory_order_relaxed) ? std::optional(lost) : std::nullopt;
}

bool Router::linked(MemberIndex member) const noexcept {
  const MemberPlace& place = places_.at(member);
  return place.ups.load(std::memory_order_acquire) > 0 && place.lost_at.load(std::memory_order_relaxed) == TimePoint{};
}

}  // namespace troupe::cluster
