#include "inspect/member_inspection.h"

#include <unistd.h>

#include <algorithm>

#include "actor/registry.h"
#include "cluster/router.h"
#include "host/faults.h"

namespace troupe::inspect {
namespace {

using membership::Directory;
using membership::MemberState;
using observe::MemberOrder;

// Others change the same record at most now and then: its member when it starts, and whoever orders something.
constexpr int kOrderTries = 10;

MemberState state_after(MemberOrder order) {
  switch (order) {
    case MemberOrder::drain: return MemberState::draining;
    case MemberOrder::leave: return MemberState::left;
    case MemberOrder::serve: break;
  }
  return MemberState::serving;
}

// The smallest of which so many in a hundred are no longer.
std::chrono::microseconds share_of(const std::vector<std::chrono::microseconds>& sorted, std::size_t percent) {
  if (sorted.empty()) return std::chrono::microseconds(0);
  const std::size_t rank = (sorted.size() * percent + 99) / 100;
  return sorted[std::max<std::size_t>(rank, 1) - 1];
}

void count(PartitionId partition, observe::ClusterMemberView& owner) {
  ++(has_rows(partition) ? owner.with_rows : owner.without_rows);
}

void add_refusals(const Directory& known, const membership::PartitionRecord& partition,
                  observe::ClusterMemberView& owner) {
  for (const auto& [member, refusal] : partition.refused) {
    if (!known.refusal(partition, member)) continue;
    auto at = std::find_if(owner.refused.begin(), owner.refused.end(), [&](auto& one) { return one.member == member; });
    if (at == owner.refused.end())
      at = owner.refused.insert(at, observe::ClusterMemberView::Refusal{member, 0, refusal.why});
    ++at->partitions;
  }
}

}  // namespace

observe::MembersView MemberInspection::members() {
  observe::MembersView view;
  view.cluster = config_.cluster;
  if (auto* membership = running_.membership()) {
    view.joined = true;
    view.coordinator = membership->access().coordinator().describe();
    view.members = joined();
  } else {
    view.members = listed();
  }
  return view;
}

std::vector<observe::ClusterMemberView> MemberInspection::joined() const {
  const Directory known = running_.membership()->access().directory();
  std::vector<observe::ClusterMemberView> out;
  for (const auto& [name, one] : known.members()) {
    const membership::MemberRecord& record = one.record;
    observe::ClusterMemberView view;
    view.name = name;
    view.address = record.host + ":" + std::to_string(record.port);
    view.state = to_string(host::standing_of(record.state, record.ready));
    view.alive = known.alive(name);
    view.incarnation = record.incarnation;
    view.client = record.client;
    view.weight = record.weight;
    view.zone = record.zone;
    view.labels = record.labels;
    view.store = record.store;
    view.pid = record.pid;
    for (const PartitionId partition : known.owned_by(name)) {
      count(partition, view);
      add_refusals(known, known.partition(partition)->record, view);
    }
    for (const auto& service : record.services) {
      view.services.push_back(service.name);
      if (!service.trouble.empty()) view.sick.push_back({service.name, service.trouble});
    }
    view.suspect_since_ms = suspect_since(name);
    out.push_back(std::move(view));
  }
  return out;
}

std::uint64_t MemberInspection::suspect_since(const std::string& member) const {
  const auto& routing = running_.routing();
  const auto index = routing.router.view().get()->find(member);
  const auto since = index ? routing.router.suspects(*index) : std::nullopt;
  if (!since) return 0;
  const Clock& clock = routing.origin.clock;
  const auto age = std::chrono::duration_cast<std::chrono::milliseconds>(clock.exact_now() - *since).count();
  return clock.wall_ms() - static_cast<std::uint64_t>(std::max<std::int64_t>(age, 0));
}

std::vector<observe::ClusterMemberView> MemberInspection::listed() const {
  const auto view = running_.routing().router.view().get();
  std::vector<observe::ClusterMemberView> out;
  for (const cluster::KnownMember& known : view->members()) {
    observe::ClusterMemberView one;
    one.name = known.member.name;
    one.address = known.member.host + ":" + std::to_string(known.member.port);
    one.state = membership::to_string(MemberState::serving);
    one.client = known.member.client;
    one.weight = known.member.client ? 0 : JoinConfig{}.weight;
    one.suspect_since_ms = suspect_since(one.name);
    if (one.name == config_.name) {
      const host::NodeCondition condition = running_.condition();
      one.state = to_string(host::standing_of(MemberState::serving, condition.ready));
      for (const auto& sick : host::sick_services_of(running_)) one.sick.push_back({sick.service, sick.why});
      one.alive = true;
      one.incarnation = running_.incarnation();
      one.pid = getpid();
      one.store = config_.data_dir.string();
      for (const auto& hosted : running_.routing().registry.services()) one.services.push_back(hosted->service.name);
    }
    out.push_back(std::move(one));
  }
  if (const auto* links = running_.links()) {
    for (const auto& link : links->status())
      for (auto& one : out)
        if (one.name == link.peer) {
          one.alive = link.up;
          one.incarnation = link.incarnation;
        }
  }
  for (PartitionId id = 0; id < kAllPartitions; ++id) count(id, out.at(view->of(id).owner));
  return out;
}

observe::PartitionsView MemberInspection::partitions() {
  observe::PartitionsView out;
  out.cluster = config_.cluster;
  auto* membership = running_.membership();
  const Directory known = membership ? membership->access().directory() : Directory();
  const auto view = running_.routing().router.view().get();
  for (PartitionId id = 0; id < kAllPartitions; ++id) {
    observe::PartitionView one;
    one.number = id;
    one.rows = has_rows(id);
    one.here = partition::to_string(running_.partitions().at(id).value()->state());
    if (!membership) {
      one.owner = view->owner_of(id).name;
      one.epoch = view->of(id).epoch;
    } else if (const auto* owner = known.partition(id)) {
      one.owner = owner->record.owner;
      one.epoch = owner->record.epoch;
      one.target = owner->record.target;
      one.pinned = owner->record.pinned;
      one.version = owner->version;
    }
    out.partitions.push_back(std::move(one));
  }
  if (!membership) return out;
  out.rebalances = config_.join.rebalance;
  for (auto& moving : membership->moving())
    out.moving.push_back({moving.partition, moving.to, moving.stage, moving.records, moving.bytes});
  auto done = membership->hand_overs();
  std::sort(done.pauses.begin(), done.pauses.end());
  out.hand_overs = {done.done, done.failed, share_of(done.pauses, 50), share_of(done.pauses, 99), done.last_error};
  return out;
}

// Read anew: what this node has heard of may be of a moment ago.
Result<void> MemberInspection::owns_nothing(const std::string& member) const {
  auto& coordinator = running_.membership()->access().coordinator();
  auto all = coordinator.range(membership::kPartitionsPrefix, membership::kAsk);
  if (!all.ok()) return all.error();
  std::size_t owned = 0;
  for (const coordinator::Record& record : all->records) {
    auto partition = membership::partition_record(record.key, record.value);
    if (!partition.ok()) return partition.error();
    owned += partition->owner == member || partition->target == member ? 1 : 0;
  }
  if (owned == 0) return {};
  return Error(ErrorKind::invalid, "member '" + member + "' owns " + std::to_string(owned) +
                                       " partitions, or is to get them, and cannot leave with them; drain it first, "
                                       "and wait until it owns nothing");
}

namespace {

Error listed_members(const std::string& cluster, const char* what) {
  return Error(ErrorKind::invalid, "the members of cluster '" + cluster + "' are listed in its configuration, so " +
                                       what +
                                       ": stop all nodes and change the list, or let the nodes join by a coordinator "
                                       "(NodeConfig::join, [node.join])");
}

observe::OrderedMove view_of(membership::PartitionOrders::Moved moved) {
  return {moved.partition, std::move(moved.from), std::move(moved.to), moved.epoch};
}

}  // namespace

template <class Order>
auto MemberInspection::order_partitions(Order order) -> decltype(order(std::declval<membership::PartitionOrders&>())) {
  auto* membership = running_.membership();
  if (!membership) return listed_members(config_.cluster, "its partitions cannot be moved");
  membership::PartitionOrders orders(membership->access(), [this](const std::string& what) {
    if (config_.log) config_.log({LogLevel::warn, "membership", what, {}});
  });
  auto done = order(orders);
  membership->look_soon();
  return done;
}

Result<observe::OrderedMove> MemberInspection::move(std::uint32_t partition, const std::string& to) {
  return order_partitions([&](auto& orders) -> Result<observe::OrderedMove> {
    auto moved = orders.move(partition, to);
    if (!moved.ok()) return moved.error();
    return view_of(std::move(*moved));
  });
}

Result<observe::OrderedMove> MemberInspection::force(std::uint32_t partition, const std::string& to) {
  return order_partitions([&](auto& orders) -> Result<observe::OrderedMove> {
    auto forced = orders.force(partition, to);
    if (!forced.ok()) return forced.error();
    return view_of(std::move(*forced));
  });
}

Result<std::vector<observe::OrderedMove>> MemberInspection::rebalance(bool dry_run) {
  return order_partitions([&](auto& orders) -> Result<std::vector<observe::OrderedMove>> {
    auto moves = orders.rebalance(dry_run);
    if (!moves.ok()) return moves.error();
    std::vector<observe::OrderedMove> out;
    for (auto& moved : *moves) out.push_back(view_of(std::move(moved)));
    return out;
  });
}

Result<observe::OrderedView> MemberInspection::order(const std::string& member, MemberOrder order) {
  auto* membership = running_.membership();
  if (!membership) return listed_members(config_.cluster, "none of them can be drained or leave");
  auto& access = membership->access();
  const std::string key = membership::member_key(member);
  const MemberState wanted = state_after(order);
  // One that has just come may not have been heard of; a name that is no key is nobody's.
  if (!access.look([&](const Directory& known) { return known.member(member) != nullptr; }))
    if (auto read = access.read(key); !read.ok() && read.error().kind() != ErrorKind::invalid) return read.error();
  for (int tries = 0; tries < kOrderTries; ++tries) {
    const Directory known = access.directory();
    const auto* found = known.member(member);
    if (!found) {
      std::string names;
      for (const auto& [name, one] : known.members()) names += (names.empty() ? "" : ", ") + name;
      return Error(ErrorKind::not_found, "there is no member '" + member + "'; there are: " + names);
    }
    observe::ClusterMemberView owned;
    for (const PartitionId partition : known.owned_by(member)) count(partition, owned);
    membership::MemberRecord record = found->record;
    const observe::OrderedView out{member, std::string(membership::to_string(record.state)),
                                   std::string(membership::to_string(wanted)), owned.with_rows, owned.without_rows};
    if (order == MemberOrder::leave)
      if (auto empty = owns_nothing(member); !empty.ok()) return empty.error();
    record.state = wanted;
    coordinator::Transaction change;
    // Also when it stands so already: what this node knows of it may be old.
    membership::replace(change, key, found->version, record);
    auto done = access.commit(change);
    if (!done.ok()) return done.error();
    if (*done) return out;
  }
  return Error(ErrorKind::unavailable, "the record of member '" + member + "' was changed by others each of " +
                                           std::to_string(kOrderTries) + " times; try again");
}

}  // namespace troupe::inspect
