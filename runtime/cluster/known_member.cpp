#include "cluster/known_member.h"

#include <algorithm>

namespace troupe::cluster {

std::string_view to_string(MemberState state) noexcept {
  switch (state) {
    case MemberState::serving: return "serving";
    case MemberState::draining: return "draining";
    case MemberState::left: return "left";
  }
  return "?";
}

const KnownService* KnownMember::service(std::uint64_t id) const noexcept {
  if (!services) return nullptr;
  const auto at = std::lower_bound(services->begin(), services->end(), id,
                                   [](const auto& one, auto wanted) { return one.id < wanted; });
  return at != services->end() && at->id == id ? &*at : nullptr;
}

bool KnownMember::offers(std::uint64_t service_id) const noexcept {
  if (!present || !alive || !ready || member.client || state != MemberState::serving) return false;
  if (!services) return true;
  const KnownService* found = service(service_id);
  return found && found->healthy;
}

}  // namespace troupe::cluster
