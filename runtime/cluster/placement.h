// Who owns which partition, from a static list of members. Pure: the same list gives the same answer on
// every node, in every order, in every version.
//
// Rendezvous hashing (Thaler, Ravishankar: "Using name-based mappings to increase hit rates", 1998): each
// member scores each partition, the highest score owns it; a member that joins or leaves moves only its share.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "troupe/ids.h"
#include "troupe/node.h"

namespace troupe::cluster {

// Index into the list of members.
using MemberIndex = std::uint16_t;

class StaticPlacement {
 public:
  // At least one member must own partitions.
  explicit StaticPlacement(const std::vector<Member>& members);
  [[nodiscard]] MemberIndex owner(PartitionId partition) const noexcept { return owners_[partition]; }

 private:
  std::array<MemberIndex, kPartitions> owners_{};
};

// `invalid` for a list that cannot be a cluster: no members, a name or an address twice, none but clients, or
// `self` missing.
[[nodiscard]] Result<void> check_members(const std::vector<Member>& members, const std::string& self);

// The same for the same set of members, whatever their order; nodes whose hashes differ do not link.
[[nodiscard]] std::uint64_t membership_hash(const std::vector<Member>& members);

}  // namespace troupe::cluster
