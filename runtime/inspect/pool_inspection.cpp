#include "inspect/pool_inspection.h"

#include <algorithm>

namespace troupe::inspect {

observe::PoolView PoolInspection::view_of(const cluster::Pool& pool) const {
  const auto view = routing_.router.view().get();
  observe::PoolView out{.service = pool.service(), .balance = pool.balance(), .members = {}};
  for (const cluster::PoolMemberView& one : pool.view(routing_.origin.clock.now())) {
    if (one.member >= view->members().size()) continue;  // it came after the view was taken
    out.members.push_back({.node = view->members()[one.member].member.name,
                           .choosable = one.choosable,
                           .weight = one.weight,
                           .under_way = one.under_way,
                           .calls = one.calls,
                           .failures = one.failures,
                           .left_out_for = one.left_out_for});
  }
  return out;
}

std::vector<observe::PoolView> PoolInspection::pools() {
  std::vector<observe::PoolView> out;
  for (const cluster::Pool* pool : routing_.router.pools().all()) out.push_back(view_of(*pool));
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.service < b.service; });
  return out;
}

Result<observe::PoolView> PoolInspection::spread(const std::string& service, Balance balance) {
  cluster::Pool* pool = routing_.router.pools().find(std::string_view(service));
  if (!pool) {
    std::string known;
    for (const cluster::Pool* one : routing_.router.pools().all())
      known += (known.empty() ? "" : ", ") + one->service();
    return Error(ErrorKind::not_found, "node " + routing_.router.self() + " calls no pool named " + service +
                                           "; it calls " + (known.empty() ? "none" : known));
  }
  pool->balance(balance);
  return view_of(*pool);
}

}  // namespace troupe::inspect
