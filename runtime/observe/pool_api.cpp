#include "observe/pool_api.h"

namespace troupe::observe {
namespace {

Json json_of_pool(const PoolView& pool) {
  Json members = Json::array();
  for (const PoolMemberLine& one : pool.members)
    members.push_back({{"node", one.node},
                       {"choosable", one.choosable},
                       {"weight", one.weight},
                       {"underWay", one.under_way},
                       {"calls", one.calls},
                       {"failures", one.failures},
                       {"leftOutMs", one.left_out_for.count()}});
  return {{"service", pool.service}, {"balance", to_string(pool.balance)}, {"members", std::move(members)}};
}

AdminAnswer show_pools(PoolSource& source, const Target& target) {
  if (auto none = only(target, {}); !none.ok()) return fail(none.error());
  Json pools = Json::array();
  for (const PoolView& pool : source.pools()) pools.push_back(json_of_pool(pool));
  return ok({{"pools", std::move(pools)}});
}

AdminAnswer change_balance(PoolSource& source, const Target& target) {
  if (auto known = only(target, {"policy"}); !known.ok()) return fail(known.error());
  const std::string policy = word(target, "policy");
  const auto balance = balance_from(policy);
  if (!balance) {
    std::string words;
    for (const Balance one : kBalances) words += (words.empty() ? "" : ", ") + std::string(to_string(one));
    return fail(Error(ErrorKind::invalid, "policy=" + policy.substr(0, 100) + ": one of " + words + " is wanted"));
  }
  auto changed = source.spread(target.path[1], *balance);
  return changed.ok() ? ok(json_of_pool(*changed)) : fail(changed.error());
}

}  // namespace

bool asks_for_pools(const Target& target) {
  const auto& path = target.path;
  if (path.empty() || path[0] != "pools") return false;
  return path.size() == 1 || (path.size() == 3 && path[2] == "balance");
}

AdminAnswer answer_pools(PoolSource& source, std::string_view method, const Target& target) {
  const bool changes = target.path.size() == 3;
  const char* wanted = changes ? "POST" : "GET";
  if (method != wanted) return wrong_method(wanted);
  return changes ? change_balance(source, target) : show_pools(source, target);
}

}  // namespace troupe::observe
