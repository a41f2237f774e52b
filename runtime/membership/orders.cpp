#include "membership/orders.h"

#include <utility>

namespace troupe::membership {
namespace {

using coordinator::Transaction;

// Others change the same record while it moves: its owner, and the planner.
constexpr int kTries = 10;
// A condition and a write each.
constexpr std::size_t kOrdersAtOnce = coordinator::kMaxOperations / 2;

std::string named(PartitionId partition) { return "partition " + std::to_string(partition); }

Error wrong(const std::string& what) { return Error(ErrorKind::invalid, what); }
Error not_now(const std::string& what) { return Error(ErrorKind::unavailable, what); }

}  // namespace

Result<void> PartitionOrders::may_have(const Directory& known, PartitionId partition, const std::string& to) const {
  const auto* member = known.member(to);
  if (!member) {
    std::string names;
    for (const auto& [name, one] : known.members()) names += (names.empty() ? "" : ", ") + name;
    return Error(ErrorKind::not_found, "there is no member '" + to + "'; there are: " + names);
  }
  const MemberRecord& record = member->record;
  if (record.client) return wrong("member '" + to + "' is a client, and owns nothing");
  if (record.state == MemberState::draining)
    return wrong("member '" + to + "' is draining: it gives what it has; `troupe drain " + to +
                 " --undo` lets it serve again");
  if (record.state == MemberState::left) return wrong("member '" + to + "' has left the cluster");
  if (has_rows(partition) && record.store.empty())
    return wrong("member '" + to + "' has no data directory, and " + named(partition) + " has rows");
  if (!known.alive(to)) return not_now("member '" + to + "' does not live: start it, or name another one");
  if (!record.ready)
    return not_now("member '" + to + "' is joining: what it keeps running, or a service of its, is not well yet; see " +
                   "`troupe health` there");
  return {};
}

Result<PartitionOrders::Looked> PartitionOrders::look(PartitionId partition, const std::string& to) {
  if (partition >= kAllPartitions)
    return wrong("there is no partition " + std::to_string(partition) + "; they are 0 to " +
                 std::to_string(kAllPartitions - 1));
  if (auto read = access_.read(partition_record_key(partition)); !read.ok()) return read.error();
  // A name that is no key is nobody's.
  if (auto read = access_.read(member_key(to)); !read.ok() && read.error().kind() != ErrorKind::invalid)
    return read.error();
  const Directory known = access_.directory();
  if (auto may = may_have(known, partition, to); !may.ok()) return may.error();
  const auto* record = known.partition(partition);
  if (!record) return not_now("nobody was ever said to own " + named(partition));
  const std::string* refusal = known.refusal(record->record, to);
  return Looked{*record, known.member(to)->record, known.alive(record->record.owner), refusal ? *refusal : ""};
}

// `change` makes the next record out of what is known, or says why not.
template <class Change>
Result<PartitionOrders::Moved> PartitionOrders::change(PartitionId partition, const std::string& to, Change change) {
  for (int tries = 0; tries < kTries; ++tries) {
    auto known = look(partition, to);
    if (!known.ok()) return known.error();
    Result<PartitionRecord> next = change(*known);
    if (!next.ok()) return next.error();
    Transaction order;
    replace(order, partition_record_key(partition), known->partition.version, *next);
    auto done = access_.commit(order);
    if (!done.ok()) return done.error();
    if (*done) return Moved{partition, known->partition.record.owner, to, next->epoch};
  }
  return not_now("the record of " + named(partition) + " was changed by others each of " + std::to_string(kTries) +
                 " times; try again");
}

Result<PartitionOrders::Moved> PartitionOrders::move(PartitionId partition, const std::string& to) {
  return change(partition, to, [&](const Looked& known) -> Result<PartitionRecord> {
    PartitionRecord next = known.partition.record;
    if (next.owner == to) {
      if (next.target.empty()) return wrong("member '" + to + "' owns " + named(partition) + " already");
      next.target.clear();
      next.pinned = true;
      return next;
    }
    if (next.target == to && next.pinned)
      return wrong(named(partition) + " is on its way from " + next.owner + " to " + to + " already");
    if (!next.target.empty() && next.target != to)
      return wrong(named(partition) + " is on its way from " + next.owner + " to " + next.target +
                   "; wait until it is there, or have it stay: troupe partitions move " + std::to_string(partition) +
                   " " + next.owner);
    if (!known.owner_lives && has_rows(partition))
      return not_now("member '" + next.owner + "', which owns " + named(partition) +
                     ", does not live, and it alone has what is in it: start it. If its disk is lost: troupe "
                     "partitions force " +
                     std::to_string(partition) + " " + to + " --accept-loss");
    if (!known.owner_lives)
      return not_now("member '" + next.owner + "', which owns " + named(partition) +
                     ", does not live; another one begins with it by itself, for it has no rows");
    if (!known.refusal.empty())
      return not_now("member '" + to + "' refused " + named(partition) + ": " + known.refusal);
    next.target = to;
    next.pinned = true;
    return next;
  });
}

Result<PartitionOrders::Moved> PartitionOrders::force(PartitionId partition, const std::string& to) {
  if (partition < kAllPartitions && !has_rows(partition))
    return wrong(named(partition) + " has no rows: nothing of it is lost with its owner, and another member begins " +
                 "with it by itself");
  std::string lost;
  auto forced = change(partition, to, [&](const Looked& known) -> Result<PartitionRecord> {
    const PartitionRecord& before = known.partition.record;
    if (before.owner == to) return wrong("member '" + to + "' owns " + named(partition) + " already");
    if (known.owner_lives)
      return wrong("member '" + before.owner + "' lives and has all of " + named(partition) +
                   ": nothing has to be lost; troupe partitions move " + std::to_string(partition) + " " + to);
    lost = before.store;
    PartitionRecord next{.epoch = before.epoch + 1, .owner = to, .store = known.to.store};
    next.forced = next.epoch;
    return next;
  });
  if (forced.ok())
    audit_("by order, " + named(partition) + " is member " + to + "'s since epoch " + std::to_string(forced->epoch) +
           " and begins empty: what member " + forced->from + " has of it in store " + lost + " is given up");
  return forced;
}

Result<std::vector<PartitionOrders::Moved>> PartitionOrders::rebalance(bool dry_run) {
  if (auto read = access_.read_all(); !read.ok()) return read.error();
  const Directory known = access_.directory();
  const Plan wanted = plan(known, Pins::loosen);
  std::map<PartitionId, std::string> goes;
  for (const Move& move : wanted.gives) goes[move.partition] = move.to;
  std::vector<Moved> out;
  Transaction orders;
  const auto commit = [&]() -> Result<void> {
    if (orders.writes.empty()) return {};
    auto done = access_.commit(std::exchange(orders, {}));
    if (!done.ok()) return done.error();
    if (!*done) return not_now("somebody else moves partitions at this moment, and not all was ordered; try again");
    return {};
  };
  for (PartitionId id = 0; id < kAllPartitions; ++id) {
    const auto* before = known.partition(id);
    const auto to = goes.find(id);
    if (!before || !known.alive(before->record.owner)) continue;
    PartitionRecord next = before->record;
    next.pinned = false;
    if (to != goes.end()) next.target = to->second == next.owner ? std::string() : to->second;
    if (!next.target.empty()) out.push_back({id, next.owner, next.target, next.epoch});
    if (dry_run || next == before->record) continue;
    replace(orders, partition_record_key(id), before->version, next);
    if (orders.writes.size() == kOrdersAtOnce)
      if (auto done = commit(); !done.ok()) return done.error();
  }
  if (auto done = commit(); !done.ok()) return done.error();
  return out;
}

}  // namespace troupe::membership
