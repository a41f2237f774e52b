#include "testing/turn_crashes.h"

#include "troupe/service.h"
#include "wire/address.h"

namespace troupe::testing {
namespace {

bool is(const ActorName& name, const wire::Address& actor) {
  return name.service.empty() || (name.service == actor.service.name && name.key == actor.key);
}

}  // namespace

void TurnCrashes::order(const ActorName& actor, CrashAt when) {
  const auto moment = when == CrashAt::begin ? actor::TurnMoment::begins : actor::TurnMoment::ends;
  const std::lock_guard lock(mutex_);
  orders_.push_back({moment, {}, actor, 1});
}

void TurnCrashes::order(std::string_view point, const ActorName& actor, unsigned nth) {
  if (point.empty() || nth == 0)
    throw Error(ErrorKind::invalid,
                "crash_at(): a point has a name, and is reached for the first time at the earliest");
  const std::lock_guard lock(mutex_);
  orders_.push_back({actor::TurnMoment::point, std::string(point), actor, nth});
}

std::uint64_t TurnCrashes::times_reached(std::string_view point) const {
  const std::lock_guard lock(mutex_);
  const auto at = reached_.find(point);
  return at == reached_.end() ? 0 : at->second;
}

std::size_t TurnCrashes::pending() const {
  const std::lock_guard lock(mutex_);
  return orders_.size();
}

void TurnCrashes::forget_all() {
  const std::lock_guard lock(mutex_);
  orders_.clear();
}

void TurnCrashes::reached(actor::TurnMoment moment, std::string_view point, const wire::Address& actor) {
  {
    const std::lock_guard lock(mutex_);
    if (moment == actor::TurnMoment::point) {
      const auto known = reached_.find(point);
      known == reached_.end() ? void(reached_.emplace(point, 1)) : void(++known->second);
    }
    bool crash = false;
    for (auto at = orders_.begin(); at != orders_.end();) {
      const bool meant = at->moment == moment && at->point == point && is(at->actor, actor);
      if (!meant || --at->left > 0) {
        ++at;
        continue;
      }
      crash = true;
      at = orders_.erase(at);
      if (moment != actor::TurnMoment::point) break;  // the next order is for the next turn
    }
    if (!crash) return;
  }
  const char* where = moment == actor::TurnMoment::begins ? "as its turn began"
                      : moment == actor::TurnMoment::ends ? "as its turn ended"
                                                          : "at the point ";
  throw OrderedCrash("the test crashed " + actor.text() + " " + where + std::string(point));
}

}  // namespace troupe::testing
