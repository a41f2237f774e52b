#include "membership/directory.h"

#include <algorithm>
#include <utility>

namespace troupe::membership {
namespace {

std::vector<cluster::KnownService> services_of(const MemberRecord& record) {
  std::vector<cluster::KnownService> out;
  for (const ServiceRecord& service : record.services)
    out.push_back({.id = service.id,
                   .name = service.name,
                   .schema_hash = service.schema_hash,
                   .state_version = service.state_version,
                   .durable = service.durable,
                   .healthy = service.trouble.empty(),
                   .trouble = service.trouble});
  std::sort(out.begin(), out.end(), [](const auto& one, const auto& other) { return one.id < other.id; });
  return out;
}

}  // namespace

template <class Record, class Parse>
Result<void> Directory::put(std::optional<Known<Record>>& into, const coordinator::Change& change, Parse parse) {
  if (into && into->version >= change.version) return {};
  if (!change.value) {
    into.reset();
    return {};
  }
  auto record = parse(change.key, *change.value);
  if (!record.ok()) return record.error();
  into = Known<Record>{std::move(*record), change.version};
  return {};
}

template <class Record, class Parse>
Result<void> Directory::put(std::map<std::string, Known<Record>>& into, std::string_view name,
                            const coordinator::Change& change, Parse parse) {
  const auto at = into.find(std::string(name));
  std::optional<Known<Record>> known;
  if (at != into.end()) known = at->second;
  if (auto done = put(known, change, parse); !done.ok()) return done;
  if (known) {
    into.insert_or_assign(std::string(name), std::move(*known));
  } else if (at != into.end()) {
    into.erase(at);
  }
  return {};
}

Result<void> Directory::load(const coordinator::Range& range) {
  *this = Directory();
  Result<void> all;
  for (const coordinator::Record& record : range.records)
    if (auto applied = apply({record.key, record.value, record.version}); !applied.ok()) all = applied;
  return all;
}

Result<void> Directory::apply(const coordinator::Change& change) {
  const std::string_view key = change.key;
  if (const auto gone = gone_.find(change.key); gone != gone_.end() && gone->second >= change.version) return {};
  if (!change.value) gone_[change.key] = change.version;
  if (key == kClusterKey) return put(cluster_, change, cluster_record);
  if (key.starts_with(kMembersPrefix)) return put(members_, key.substr(kMembersPrefix.size()), change, member_record);
  if (key.starts_with(kAlivePrefix)) return put(lives_, key.substr(kAlivePrefix.size()), change, life_record);
  if (const auto partition = partition_in_key(key)) return put(partitions_[*partition], change, partition_record);
  return {};  // of a later version, or somebody else's
}

const Known<MemberRecord>* Directory::member(const std::string& name) const {
  const auto at = members_.find(name);
  return at == members_.end() ? nullptr : &at->second;
}

const Known<LifeRecord>* Directory::life(const std::string& name) const {
  const auto at = lives_.find(name);
  return at == lives_.end() ? nullptr : &at->second;
}

bool Directory::alive(const std::string& name) const {
  const auto* member = this->member(name);
  const auto* life = this->life(name);
  return member && life && life->record.incarnation == member->record.incarnation;
}

const Known<PartitionRecord>* Directory::partition(PartitionId partition) const {
  return partition < kAllPartitions && partitions_[partition] ? &*partitions_[partition] : nullptr;
}

const std::string* Directory::refusal(const PartitionRecord& partition, const std::string& member) const {
  const auto said = partition.refused.find(member);
  const auto* now = this->member(member);
  const bool stands = said != partition.refused.end() && now && now->record.incarnation == said->second.incarnation;
  return stands ? &said->second.why : nullptr;
}

bool Directory::complete() const {
  for (const auto& partition : partitions_)
    if (!partition) return false;
  return true;
}

std::vector<PartitionId> Directory::owned_by(std::string_view member) const {
  std::vector<PartitionId> out;
  for (PartitionId id = 0; id < kAllPartitions; ++id)
    if (partitions_[id] && partitions_[id]->record.owner == member) out.push_back(id);
  return out;
}

cluster::ClusterView Directory::view(const cluster::ClusterView& before) const {
  std::vector<cluster::KnownMember> members = before.members();
  std::map<std::string, cluster::MemberIndex, std::less<>> places;
  for (std::size_t i = 0; i < members.size(); ++i)
    places[members[i].member.name] = static_cast<cluster::MemberIndex>(i);
  const auto place_of = [&](const std::string& name) {
    const auto [at, is_new] = places.try_emplace(name, static_cast<cluster::MemberIndex>(members.size()));
    if (is_new) members.push_back({.member = {.name = name}, .present = false, .alive = false});
    return at->second;
  };
  for (cluster::KnownMember& known : members) known.present = members_.contains(known.member.name) && known.present;
  for (const auto& [name, known] : members_) {
    const MemberRecord& record = known.record;
    cluster::KnownMember& into = members[place_of(name)];
    into.member = {.name = name, .host = record.host, .port = record.port, .client = record.client};
    // A member that owns partitions and is down comes back, and calls wait for it; a client's next run may be
    // elsewhere.
    into.present = record.state != MemberState::left && (!record.client || alive(name));
    into.alive = alive(name);
    into.ready = record.ready;
    into.state = record.state;
    into.incarnation = record.incarnation;
    into.weight = record.weight;
    into.zone = record.zone;
    into.labels = record.labels;
    into.services = services_of(record);
  }
  cluster::ClusterView::Owners owners = before.owners();
  for (PartitionId id = 0; id < kAllPartitions; ++id)
    if (partitions_[id]) owners[id] = {place_of(partitions_[id]->record.owner), partitions_[id]->record.epoch};
  return {before.version() + 1, std::move(members), owners};
}

}  // namespace troupe::membership
