// Making data directories fit another list of members: the partitions are named here, the store moves and drops them.
#include "troupe/member_files.h"
#include "cluster/placement.h"
#include "host/catalogue.h"
#include "host/member_fit.h"
#include "store/backup/relocation.h"
#include "store/ownership.h"

namespace troupe {
namespace {

Result<std::vector<Member>> members_of(const std::vector<std::string>& owners) {
  std::vector<Member> members;
  for (const std::string& owner : owners) members.push_back({.name = owner});
  if (members.empty()) return Error(ErrorKind::invalid, "no members are named: nobody would own an actor");
  if (auto checked = cluster::check_members(members, owners.front()); !checked.ok()) return checked.error();
  return members;
}

// For writing, as whose it is; what a node left in the logs goes into LMDB.
Result<std::unique_ptr<store::Store>> open_store(const std::filesystem::path& data_dir,
                                                 std::shared_ptr<const store::KeyRing> keys) {
  std::string cluster, node;
  {
    auto as_it_is = store::Store::open_read_only({.directory = data_dir, .keys = keys});
    if (!as_it_is.ok()) return as_it_is.error();
    cluster = (*as_it_is)->identity().cluster;
    node = (*as_it_is)->identity().node;
    if (!(*as_it_is)->identity().encrypted) keys = nullptr;
  }
  return store::Store::open({.directory = data_dir, .cluster = cluster, .node = node, .keys = std::move(keys)});
}

MoveFigures figures_of(const store::Holding& holding) { return {holding.actors, holding.records}; }

// The directories say who is answerable now. The new one first: a move that is cut short here leaves both so.
Result<void> hand_over(const MoveOptions& options, const store::PartitionSet& which) {
  auto given = store::read_owned(options.from);
  if (!given.ok()) return given.error();
  if (!given->has_value()) return {};
  auto had = store::read_owned(options.to);
  if (!had.ok()) return had.error();
  const store::PartitionSet before = had->value_or(store::PartitionSet());
  if (auto noted = store::remember_owned(options.to, before | (**given & which)); !noted.ok()) return noted;
  return store::remember_owned(options.from, **given & ~which);
}

Result<void> check_owner(const std::string& owner, const std::vector<std::string>& owners) {
  std::string names;
  for (const std::string& name : owners) {
    if (name == owner) return {};
    names += (names.empty() ? "" : ", ") + name;
  }
  return Error(ErrorKind::invalid, "'" + owner + "' is not among the members " + names);
}

}  // namespace

Result<std::vector<OwnerShare>> shares_of_store(const std::filesystem::path& data_dir,
                                                const std::vector<std::string>& owners, const EncryptionKeys& keys) {
  auto members = members_of(owners);
  if (!members.ok()) return members.error();
  auto ring = store::KeyRing::load(keys);
  if (!ring.ok()) return ring.error();
  auto store = store::Store::open_read_only({.directory = data_dir, .keys = std::move(ring).value()});
  if (!store.ok()) return store.error();
  std::vector<OwnerShare> shares;
  for (const std::string& owner : owners) {
    auto held = store::holding_of(**store, host::owned_by(owner, *members));
    if (!held.ok()) return held.error();
    if (held->partitions.any())
      shares.push_back({owner, held->actors, static_cast<std::uint32_t>(held->partitions.count())});
  }
  return shares;
}

Result<MoveFigures> move_actors(const MoveOptions& options, const FileProgress& progress) {
  auto members = members_of(options.owners);
  if (!members.ok()) return members.error();
  if (auto known = check_owner(options.owner, options.owners); !known.ok()) return known.error();
  auto ring = store::KeyRing::load(options.keys);
  if (!ring.ok()) return ring.error();
  auto from = open_store(options.from, *ring);
  if (!from.ok()) return from.error();
  const store::StoreIdentity& source = (*from)->identity();
  if (source.node == options.owner)
    return Error(ErrorKind::invalid, "the store at " + options.from.string() + " is that of " + options.owner +
                                         " itself; name another member to move actors to");
  // As encrypted as where it comes from; one that is there has to be so too.
  auto to = store::Store::open({.directory = options.to,
                                .cluster = source.cluster,
                                .node = options.owner,
                                .keys = source.encrypted ? *ring : nullptr});
  if (!to.ok()) return to.error();
  const store::PartitionSet which = host::owned_by(options.owner, *members);
  auto held = store::holding_of(**from, which);
  if (!held.ok()) return held.error();
  auto seen = host::read_catalogue((*from)->schemas());
  if (!seen.ok()) return seen.error();
  if (auto learnt = host::learn_schemas((*to)->schemas(), std::move(*seen)); !learnt.ok())
    return Error(ErrorKind::invalid, "cannot move what is in " + options.from.string() + " to " + options.to.string() +
                                         ": " + learnt.error().message());
  if (auto copied = store::copy_partitions(**from, **to, which, progress); !copied.ok()) return copied.error();
  if (auto handed = hand_over(options, which); !handed.ok()) return handed.error();
  if (auto dropped = store::drop_partitions(**from, held->partitions); !dropped.ok()) return dropped.error();
  return figures_of(*held);
}

Result<MoveFigures> drop_actors(const std::filesystem::path& data_dir, const std::vector<std::string>& owners,
                                const EncryptionKeys& keys, const FileProgress& progress) {
  auto members = members_of(owners);
  if (!members.ok()) return members.error();
  auto ring = store::KeyRing::load(keys);
  if (!ring.ok()) return ring.error();
  auto store = open_store(data_dir, std::move(ring).value());
  if (!store.ok()) return store.error();
  const store::PartitionSet owned = host::owned_by((*store)->identity().node, *members);
  auto held = store::holding_of(**store, ~owned);
  if (!held.ok()) return held.error();
  if (auto dropped = store::drop_partitions(**store, held->partitions, progress); !dropped.ok()) return dropped.error();
  if (auto noted = store::remember_owned(data_dir, owned); !noted.ok()) return noted.error();
  return figures_of(*held);
}

Result<std::vector<PartitionShare>> shares_of_partitions(const std::filesystem::path& data_dir,
                                                         const EncryptionKeys& keys) {
  auto ring = store::KeyRing::load(keys);
  if (!ring.ok()) return ring.error();
  auto store = store::Store::open_read_only({.directory = data_dir, .keys = std::move(ring).value()});
  if (!store.ok()) return store.error();
  std::vector<PartitionShare> shares;
  for (PartitionId partition = 0; partition < kPartitions; ++partition) {
    store::PartitionSet one;
    one.set(partition);
    auto held = store::holding_of(**store, one);
    if (!held.ok()) return held.error();
    if (held->partitions.any()) shares.push_back({partition, held->actors, held->records});
  }
  return shares;
}

Result<MoveFigures> drop_partitions(const std::filesystem::path& data_dir, const std::vector<std::uint32_t>& partitions,
                                    const EncryptionKeys& keys, const FileProgress& progress) {
  store::PartitionSet which;
  for (const std::uint32_t partition : partitions) {
    if (partition >= kPartitions)
      return Error(ErrorKind::invalid, "partition " + std::to_string(partition) +
                                           " has no rows, and no store holds it; "
                                           "those with rows are 0 to " +
                                           std::to_string(kPartitions - 1));
    which.set(partition);
  }
  auto ring = store::KeyRing::load(keys);
  if (!ring.ok()) return ring.error();
  auto store = open_store(data_dir, std::move(ring).value());
  if (!store.ok()) return store.error();
  auto held = store::holding_of(**store, which);
  if (!held.ok()) return held.error();
  if (auto dropped = store::drop_partitions(**store, which, progress); !dropped.ok()) return dropped.error();
  return figures_of(*held);
}

}  // namespace troupe
