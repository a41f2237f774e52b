// How a node becomes a member: it finds the right cluster, takes its name, looks whether its store fits what the
// cluster knows, and claims what nobody owns.
#include <algorithm>
#include <cstdio>
#include <thread>
#include <utility>

#include "membership/membership.h"
#include "store/backup/relocation.h"
#include "store/format/keys.h"
#include "store/partition_marks.h"

namespace troupe::membership {
namespace {

using coordinator::Transaction;

// A condition and a write each, so that a transaction of them is one that etcd takes.
constexpr std::size_t kClaimsAtOnce = coordinator::kMaxOperations / 2;
constexpr std::chrono::milliseconds kLookAgain{100};
// Between two changes of a record that only word a trouble otherwise.
constexpr std::chrono::seconds kTroubleWords{10};

std::string id_by_chance(Chance* chance) {
  char text[33];
  std::snprintf(text, sizeof text, "%016llx%016llx", static_cast<unsigned long long>(random_bits(chance)),
                static_cast<unsigned long long>(random_bits(chance)));
  return text;
}

std::string where(const MemberRecord& record) {
  return record.host + ":" + std::to_string(record.port) + ", process " + std::to_string(record.pid);
}

Error foreign(const std::string& node, const std::string& place, PartitionId partition, const PartitionRecord& record,
              const std::string& why) {
  return Error(
      ErrorKind::invalid,
      "the store of node " + node + " holds partition " + std::to_string(partition) + ", and in the cluster node " +
          record.owner + " owns it since epoch " + std::to_string(record.epoch) + why +
          ". Nothing was changed. To go on with what the owner has, give up what is here, which troupe db ls " + place +
          " shows: troupe partitions drop " + place + " " + std::to_string(partition) +
          " --accept-loss; or start this node with an empty data directory, and keep this one");
}

}  // namespace

Result<void> Membership::join(const MemberRecord& self, TimePoint until) {
  session_.reset();
  if (auto opened = open_session(); !opened.ok()) return opened;
  MemberRecord record = self;
  auto listed = was_listed();
  if (!listed.ok()) return listed.error();
  record.listed = *listed;
  if (auto named = wait_for_name(record, until); !named.ok()) return named;
  auto version = access_.read_all();
  if (!version.ok()) return version.error();
  if (store())
    if (auto fits = fit_store(); !fits.ok()) return fits;
  while (!access_.look([](const Directory& known) { return known.complete(); })) {
    if (!self.client)
      if (auto claimed = claim(); !claimed.ok()) return claimed;
    if (std::chrono::steady_clock::now() >= until)
      return Error(ErrorKind::unavailable, "there are partitions of cluster " + options_.cluster +
                                               " that nobody has claimed yet: start a member that is no client, and "
                                               "every member of the former list, for each has its "
                                               "own");
    std::this_thread::sleep_for(kLookAgain);
    version = access_.read_all();
    if (!version.ok()) return version.error();
  }
  // From now on the coordinator says what the store has to have, and no list of members.
  if (store())
    if (auto noted = store::remember_owned(parts_.data_dir, {}); !noted.ok()) return noted;
  watch_ = access_.coordinator().watch("", *version, *this);
  const std::lock_guard acts(refreshing_);
  show_view();
  open_owned();
  return {};
}

Result<void> Membership::find_cluster() {
  for (;;) {
    auto record = access_.coordinator().get(kClusterKey, kAsk);
    if (!record.ok()) return record.error();
    if (record->has_value()) {
      auto known = cluster_record(kClusterKey, (*record)->value);
      if (!known.ok()) return known.error();
      if (known->format > kRecordsFormat)
        return Error(ErrorKind::unimplemented, "what stands in " + access_.coordinator().describe() +
                                                   " was written by a later version, format " +
                                                   std::to_string(known->format) + "; run that one");
      if (known->name != options_.cluster)
        return Error(ErrorKind::invalid, access_.coordinator().describe() + " is of cluster '" + known->name +
                                             "', and this node is of '" + options_.cluster +
                                             "'; name the right coordinator, or give it a prefix of its own");
      return access_.apply({std::string(kClusterKey), (*record)->value, (*record)->version});
    }
    Transaction first;
    replace(first, std::string(kClusterKey), 0,
            ClusterRecord{kRecordsFormat, options_.cluster, id_by_chance(options_.chance)});
    auto made = access_.commit(first);
    if (!made.ok()) return made.error();
    if (*made) return {};
  }
}

Result<void> Membership::open_session() {
  auto session = access_.coordinator().open_session(options_.node, options_.session_ttl, *this, kAsk);
  if (!session.ok()) return session.error();
  session_ = std::move(*session);
  return {};
}

// The one that lives keeps its name. But a process that holds the same store proves that the one before it is dead, for
// a store is held by one; its session may last a while.
Result<void> Membership::wait_for_name(const MemberRecord& self, TimePoint until) {
  for (;;) {
    if (auto read = access_.read_all(); !read.ok()) return read.error();
    auto taken = take_name(self);
    if (!taken.ok()) return taken.error();
    if (*taken) return {};
    if (std::chrono::steady_clock::now() >= until) {
      const Directory known = access_.directory();
      const auto* holder = known.member(options_.node);
      return Error(ErrorKind::invalid, "node " + options_.node + " is in cluster " + options_.cluster + " already" +
                                           (holder ? ": it is at " + where(holder->record) : "") +
                                           "; end that one, or give this one another name");
    }
    std::this_thread::sleep_for(kLookAgain);
  }
}

Result<bool> Membership::take_name(MemberRecord self) {
  const Directory known = access_.directory();
  const auto* before = known.member(options_.node);
  const auto* life = known.life(options_.node);
  const bool same_store = before && !parts_.store.empty() && before->record.store == parts_.store;
  if (life && !same_store) return false;
  if (before && !before->record.store.empty() && !same_store)
    for (const PartitionId partition : known.owned_by(options_.node))
      if (has_rows(partition))
        return Error(ErrorKind::invalid,
                     "node " + options_.node + " owns partitions in cluster " + options_.cluster +
                         " whose rows are in store " + before->record.store + ", and this data directory is " +
                         (parts_.store.empty() ? "none" : "store " + parts_.store) +
                         ". Start it with the right one, or restore that; nobody else has what is in partition " +
                         std::to_string(partition));
  self.store = parts_.store;
  self.incarnation = before ? before->record.incarnation + 1 : 1;
  // Who was drained stays so, whatever became of its process, until somebody says otherwise.
  if (before && before->record.state == MemberState::draining) self.state = MemberState::draining;
  Transaction take;
  replace(take, member_key(options_.node), before ? before->version : 0, self);
  replace(take, alive_key(options_.node), life ? life->version : 0, LifeRecord{self.incarnation}, session_->id());
  auto taken = access_.commit(take);
  if (taken.ok() && *taken) incarnation_.store(self.incarnation, std::memory_order_release);
  return taken;
}

// What the store has of partitions that the cluster has elsewhere: rests of what was given away go, anything else is
// somebody's and stays.
Result<void> Membership::fit_store() {
  const Directory known = access_.directory();
  for (PartitionId partition = 0; partition < kPartitions; ++partition) {
    auto mark = store::mark_of(*store(), partition);
    if (!mark.ok()) return mark.error();
    const auto* owner = known.partition(partition);
    const bool ours = !owner || (owner->record.owner == options_.node && owner->record.store == parts_.store);
    const bool whole = mark->has_value() && (*mark)->state == store::PartitionMark::State::whole;
    const Epoch epoch = mark->has_value() ? (*mark)->epoch : 0;
    store()->commits().fence(partition, std::max(epoch, owner ? owner->record.epoch : Epoch{0}));
    if (mark->has_value() && !whole) {
      if (owner && ours && owner->record.forced <= epoch)
        return Error(ErrorKind::corrupt, "partition " + std::to_string(partition) + " is not whole in the store of " +
                                             options_.node + ", which owns it; restore the directory from a copy");
    } else if (ours) {
      if (owner && epoch > owner->record.epoch)
        return Error(ErrorKind::invalid, access_.coordinator().describe() + " says that partition " +
                                             std::to_string(partition) + " is in epoch " +
                                             std::to_string(owner->record.epoch) + ", and this node led it in epoch " +
                                             std::to_string(epoch) +
                                             " already: the coordinator was set back, say from a backup; bring it "
                                             "back to what it was");
      continue;
    } else if (!mark->has_value()) {
      store::PartitionSet one;
      one.set(partition);
      auto holding = store::holding_of(*store(), one);
      if (!holding.ok()) return holding.error();
      if (holding->partitions.any())
        return foreign(options_.node, parts_.data_dir.string(), partition, owner->record, "");
      continue;
    } else if (owner->record.forced > epoch) {
      return foreign(
          options_.node, parts_.data_dir.string(), partition, owner->record,
          ", which began without what is here (epoch " + std::to_string(owner->record.forced) + " was forced)");
    }
    const Epoch now = store()->commits().epoch(partition);
    if (auto dropped = store::drop_partition(*store(), partition, now, true); !dropped.ok()) return dropped;
  }
  return {};
}

// Whether its data directory is of a member of a list, and this is the first time that it joins.
Result<bool> Membership::was_listed() const {
  if (!store()) return false;
  auto listed = store::read_owned(parts_.data_dir);
  if (!listed.ok()) return listed.error();
  return listed->has_value() && (**listed).any();
}

// What the store has; and what nobody has, unless this node was one of a list of members: then the others of the list
// have it, and claim it when they come.
Result<store::PartitionSet> Membership::claimable() const {
  store::PartitionSet out;
  // While members of a list come, what is left is in the stores of the others.
  const bool others_have = access_.look([&](const Directory& known) {
    return std::any_of(known.members().begin(), known.members().end(), [&](const auto& member) {
      return member.first != options_.node && member.second.record.listed;
    });
  });
  if (!store()) return others_have ? out : out.set();  // its rows are nowhere
  auto listed = store::read_owned(parts_.data_dir);
  if (!listed.ok()) return listed.error();
  for (PartitionId partition = 0; partition < kPartitions; ++partition) {
    auto mark = store::mark_of(*store(), partition);
    if (!mark.ok()) return mark.error();
    const bool by_list = listed->has_value() ? (**listed)[partition] : !others_have;
    out[partition] = mark->has_value() || by_list;
  }
  return out;
}

// All that nobody owns: the first to come has everything, and those who come later get their share of it.
Result<void> Membership::claim() {
  const Directory known = access_.directory();
  auto mine = claimable();
  if (!mine.ok()) return mine.error();
  Transaction claims;
  const auto commit = [&]() -> Result<void> {
    auto done = access_.commit(std::exchange(claims, {}));
    return done.ok() ? Result<void>() : Result<void>(done.error());
  };
  for (PartitionId partition = 0; partition < kAllPartitions; ++partition) {
    if (known.partition(partition) || (has_rows(partition) && !(*mine)[partition])) continue;
    const Epoch led = has_rows(partition) && store() ? store()->commits().epoch(partition) : 0;
    PartitionRecord record{.epoch = std::max(led, Epoch{0}) + 1, .owner = options_.node};
    if (has_rows(partition)) record.store = parts_.store;
    replace(claims, partition_record_key(partition), 0, record);
    if (claims.writes.size() == kClaimsAtOnce)
      if (auto done = commit(); !done.ok()) return done;
  }
  return claims.writes.empty() ? Result<void>() : commit();
}

// Readiness and health are told at once. The words for what is wrong may change at every check, so they follow less
// often.
void Membership::tell_condition() {
  if (!options_.condition) return;
  const auto known = access_.look([&](const Directory& directory) -> std::optional<Known<MemberRecord>> {
    const auto* own = directory.member(self());
    const bool own_run = own && own->record.incarnation == incarnation_.load(std::memory_order_acquire);
    return own_run ? std::optional(*own) : std::nullopt;
  });
  if (!known) return;
  const NodeCondition now = options_.condition();
  MemberRecord next = known->record;
  next.ready = now.ready;
  bool turns = next.ready != known->record.ready;
  for (ServiceRecord& service : next.services) {
    const auto trouble = now.troubles.find(service.id);
    const std::string said = trouble == now.troubles.end() ? std::string() : trouble->second;
    turns = turns || said.empty() != service.trouble.empty();
    service.trouble = said;
  }
  const TimePoint at = std::chrono::steady_clock::now();
  if (next == known->record || (!turns && at < later(told_condition_, kTroubleWords))) return;
  told_condition_ = at;
  Transaction change;
  replace(change, member_key(self()), known->version, next);
  auto done = access_.commit(change);
  if (!done.ok()) complain("node " + self() + " cannot tell how it is: " + done.error().message());
  if (done.ok() && !*done) wake();
}

// After its session was lost: others may have taken this node for dead, and acted on that. What they took is closed by
// refresh(); what they left is this node's as before.
Result<void> Membership::rejoin() {
  session_.reset();
  if (auto opened = open_session(); !opened.ok()) return opened;
  if (auto read = access_.read_all(); !read.ok()) return read.error();
  const Directory known = access_.directory();
  const auto* self = known.member(options_.node);
  if (!self) return Error(ErrorKind::unavailable, "the record of node " + options_.node + " has gone");
  auto taken = take_name(self->record);
  if (!taken.ok()) return taken.error();
  if (!*taken) return Error(ErrorKind::unavailable, "another process has its name");
  return {};
}

}  // namespace troupe::membership
