#include "host/member_fit.h"

#include "cluster/cluster_view.h"
#include "store/backup/relocation.h"
#include "store/partition_marks.h"

namespace troupe::host {
namespace {

// "shop-1,shop-2", as the tool takes it.
std::string names_of_owners(const std::vector<Member>& members) {
  std::string names;
  for (const Member& member : members)
    if (!member.client) names += (names.empty() ? "" : ",") + member.name;
  return names;
}

std::string counted(std::size_t count, const char* what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

Error holds_others(const std::string& place, const store::Holding& held, const std::string& shares,
                   const std::string& names) {
  return Error(ErrorKind::invalid,
               "the store at " + place + " holds " + counted(held.actors, "actor") + " in " +
                   counted(held.partitions.count(), "partition") + " that other members own (" + shares +
                   "), and these would answer for them as if they were new: the list of members has changed. While the "
                   "nodes are stopped, move them to each: troupe db move " +
                   place + " MEMBER ITS_DIR --members " + names + "; or drop them: troupe db drop " + place +
                   " --members " + names);
}

Error lacks_own(const std::string& place, std::size_t partitions, const std::string& node, const std::string& names) {
  return Error(
      ErrorKind::invalid,
      "the store at " + place + " was of a node that did not own " + counted(partitions, "partition") +
          " which it owns now, and would answer for their actors as if they were new: the list of members has "
          "changed. While the nodes are stopped, move them here from each member that had them: troupe db move "
          "ITS_DIR " +
          node + " " + place + " --members " + names + "; or begin them anew: troupe db drop " + place + " --members " +
          names);
}

// Only what a coordinator speaks for has marks.
Result<bool> has_joined(const store::Store& store) {
  for (PartitionId partition = 0; partition < kPartitions; ++partition) {
    auto mark = store::mark_of(store, partition);
    if (!mark.ok()) return mark.error();
    if (mark->has_value()) return true;
  }
  return false;
}

}  // namespace

store::PartitionSet owned_by(const std::string& node, const std::vector<Member>& members) {
  const cluster::ClusterView view(members);
  store::PartitionSet owned;
  for (PartitionId partition = 0; partition < kPartitions; ++partition)
    owned[partition] = view.owner_of(partition).name == node;
  return owned;
}

Result<void> check_fit(const store::Store& store, const std::filesystem::path& directory,
                       const std::vector<Member>& members) {
  const std::string& node = store.identity().node;
  auto joined = has_joined(store);
  if (!joined.ok()) return joined.error();
  if (*joined)
    return Error(ErrorKind::invalid, "the store at " + directory.string() +
                                         " is of a cluster whose members find each other by a coordinator, which says "
                                         "what is in it; a list of members, or none, would say otherwise. Name the "
                                         "coordinator (NodeConfig::join, [node.join]), or start with an empty data "
                                         "directory");
  const store::PartitionSet owned = owned_by(node, members);
  auto foreign = holding_of(store, ~owned);
  if (!foreign.ok()) return foreign.error();
  if (foreign->partitions.any()) {
    std::string shares;
    for (const Member& member : members) {
      auto share = holding_of(store, owned_by(member.name, members) & ~owned);
      if (!share.ok()) return share.error();
      if (share->partitions.any())
        shares += (shares.empty() ? "" : ", ") + std::to_string(share->actors) + " of " + member.name;
    }
    return holds_others(directory.string(), *foreign, shares, names_of_owners(members));
  }
  auto before = store::read_owned(directory);
  if (!before.ok()) return before.error();
  if (!before->has_value()) return {};
  const store::PartitionSet gained = owned & ~**before;
  if (gained.none()) return {};
  return lacks_own(directory.string(), gained.count(), node, names_of_owners(members));
}

}  // namespace troupe::host
