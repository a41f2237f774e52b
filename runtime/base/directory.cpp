#include "troupe/directory.h"

#include <algorithm>

namespace troupe {

std::string_view to_string(MemberStanding standing) noexcept {
  switch (standing) {
    case MemberStanding::joining: return "joining";
    case MemberStanding::serving: return "serving";
    case MemberStanding::draining: return "draining";
    case MemberStanding::left: return "left";
  }
  return "?";
}

namespace {

template <class One>
const One* find_by_name(const std::vector<One>& sorted, std::string_view name) noexcept {
  const auto at = std::lower_bound(sorted.begin(), sorted.end(), name,
                                   [](const One& one, std::string_view wanted) { return one.name < wanted; });
  return at != sorted.end() && at->name == name ? &*at : nullptr;
}

}  // namespace

const DirectoryMember* ClusterDirectory::member(std::string_view name) const noexcept {
  return find_by_name(members, name);
}

const DirectoryService* ClusterDirectory::service(std::string_view name) const noexcept {
  return find_by_name(services, name);
}

}  // namespace troupe
