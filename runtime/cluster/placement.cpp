#include "cluster/placement.h"

namespace troupe::cluster {

StaticPlacement::StaticPlacement(const std::vector<Member>& members) {
  for (PartitionId partition = 0; partition < kPartitions; ++partition) {
    std::uint64_t best = 0;
    bool found = false;
    for (MemberIndex i = 0; i < members.size(); ++i) {
      if (members[i].client) continue;
      const std::uint64_t score = stable_hash(members[i].name, mix(partition + 1));
      const bool wins = !found || score > best || (score == best && members[i].name < members[owners_[partition]].name);
      if (!wins) continue;
      found = true;
      best = score;
      owners_[partition] = i;
    }
  }
}

Result<void> check_members(const std::vector<Member>& members, const std::string& self) {
  bool found = false;
  bool owners = false;
  for (std::size_t i = 0; i < members.size(); ++i) {
    const Member& m = members[i];
    if (m.name.empty()) return Error(ErrorKind::invalid, "member " + std::to_string(i) + " has no name");
    found = found || m.name == self;
    owners = owners || !m.client;
    for (std::size_t j = 0; j < i; ++j) {
      if (members[j].name == m.name) return Error(ErrorKind::invalid, "two members are named " + m.name);
      if (m.port != 0 && members[j].port == m.port && members[j].host == m.host) {
        return Error(ErrorKind::invalid, "members " + members[j].name + " and " + m.name + " share the address " +
                                             m.host + ":" + std::to_string(m.port));
      }
    }
  }
  if (!found) return Error(ErrorKind::invalid, "node " + self + " is not in its own list of members");
  if (!owners) return Error(ErrorKind::invalid, "every member is a client: nobody would own an actor");
  return {};
}

std::uint64_t membership_hash(const std::vector<Member>& members) {
  std::uint64_t sum = 0;  // order must not matter
  for (const Member& m : members) sum += stable_hash(m.name, m.client ? 2 : 1);
  return mix(sum + members.size());
}

}  // namespace troupe::cluster
