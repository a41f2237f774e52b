#include "host/pool_names.h"

#include <algorithm>

#include "base/limits.h"
#include "base/log_fields.h"

namespace troupe::host {
namespace {

bool hosted_here(NodeRouting& routing, const std::string& name) {
  const auto services = routing.registry.services();
  return std::any_of(services.begin(), services.end(), [&](const auto& one) { return name == one->service.name; });
}

bool hosted_elsewhere(const cluster::ClusterView& view, const std::string& name) {
  return std::any_of(view.members().begin(), view.members().end(), [&](const cluster::KnownMember& member) {
    return member.services && std::any_of(member.services->begin(), member.services->end(),
                                          [&](const cluster::KnownService& one) { return one.name == name; });
  });
}

// Whether each member says which services it has.
bool tells_all(const cluster::ClusterView& view, cluster::MemberIndex self) {
  for (std::size_t i = 0; i < view.members().size(); ++i)
    if (i != self && view.members()[i].present && !view.members()[i].services) return false;
  return true;
}

}  // namespace

PoolNames::PoolNames(NodeRouting& routing, TimePoint start)
    : routing_(routing), when_(routing.pool_names.empty() ? TimePoint::max() : later(start, limits::kPoolNamesWait)) {}

TimePoint PoolNames::look(TimePoint now) {
  if (now < when_) return when_;
  when_ = TimePoint::max();
  const auto view = routing_.router.view().get();
  for (const std::string& name : routing_.pool_names)
    if (!hosted_here(routing_, name) && !hosted_elsewhere(*view, name)) tell(name);
  return when_;
}

void PoolNames::tell(const std::string& name) const {
  if (!routing_.origin.log) return;
  std::string known;
  for (const auto& hosted : routing_.registry.services())
    if (hosted->service.placement == Placement::pool)
      known += (known.empty() ? "" : ", ") + std::string(hosted->service.name);
  const bool all = tells_all(*routing_.router.view().get(), routing_.router.view().self());
  const std::string line =
      "NodeConfig: pools names " + name.substr(0, limits::kMaxErrorText / 4) +
      (all ? ", and no member of the cluster has such a service"
           : ", which this node does not host, and listed members do not say which services they have") +
      "; if the name is wrong, what is said of it is for nothing. Pools that are hosted here: " +
      (known.empty() ? "none" : known);
  routing_.origin.log({LogLevel::warn, "host", line, LogFields{}});
}

}  // namespace troupe::host
