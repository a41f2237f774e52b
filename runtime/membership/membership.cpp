#include "membership/membership.h"

#include <algorithm>
#include <utility>

#include "base/log_fields.h"
#include "membership/planner.h"
#include "store/awaited_commit.h"
#include "store/partition_marks.h"

namespace troupe::membership {
namespace {

using coordinator::Transaction;

// Nobody told of anything: then the records are looked at all the same.
constexpr std::chrono::milliseconds kLook{500};
// The coordinator could not be reached.
constexpr std::chrono::milliseconds kAskAgain{200};
// Partitions that one owner is asked to give at a time; more are asked for when it has given those.
constexpr std::size_t kGivesAtOnce = 32;
// A condition and a write each.
constexpr std::size_t kTakesAtOnce = coordinator::kMaxOperations / 2;

// The mark of a partition that this node leads. Nobody waits for it: without it the one before stands.
class MarkCommit final : public store::Commit {
 public:
  void durable() noexcept override { delete this; }
  void failed(const Error&) noexcept override { delete this; }
};

}  // namespace

Membership::Membership(Parts parts, MembershipOptions options)
    : parts_(std::move(parts)), options_(std::move(options)), access_(parts_.coordinator) {}

Membership::~Membership() { leave(); }

void Membership::start() {
  agent_ = std::thread([this] { run(); });
  for (unsigned i = 0; i < options_.moves; ++i) movers_.emplace_back([this] { run_mover(); });
}

void Membership::stop_acting() {
  std::vector<std::shared_ptr<transfer::Giving>> givings;
  {
    const std::lock_guard lock(mutex_);
    stops_.store(true, std::memory_order_release);
    awake_ = true;
    for (const auto& [partition, one] : on_the_way_)
      if (one.giving) givings.push_back(one.giving);
  }
  woken_.notify_all();
  to_move_.notify_all();
  for (const auto& giving : givings) giving->lose("this node stops");
  if (agent_.joinable()) agent_.join();
  for (auto& mover : movers_) mover.join();
  movers_.clear();
}

void Membership::leave() {
  stop_acting();
  watch_.reset();
  session_.reset();
}

std::uint64_t Membership::cluster_hash() const {
  return access_.look([](const Directory& known) {
    return known.cluster() ? stable_hash(known.cluster()->record.id, known.cluster()->record.format) : 0;
  });
}

void Membership::log(LogLevel level, const std::string& message) const {
  if (options_.log) options_.log({level, "membership", message, {}});
}

void Membership::complain(const std::string& message) {
  if (message == complained_of_) return;
  log(LogLevel::error, message);
  complained_of_ = message;
}

// --- what others say ---

void Membership::on_changes(std::span<const coordinator::Change> changes) noexcept {
  {
    const std::lock_guard lock(mutex_);
    try {
      changes_.insert(changes_.end(), changes.begin(), changes.end());
    } catch (const std::bad_alloc&) {
      watch_lost_ = true;  // and everything is read anew
    }
    awake_ = true;
  }
  woken_.notify_all();
}

void Membership::on_lost(const Error& why) noexcept {
  log(LogLevel::warn, "changes of the cluster may have been missed, and everything is read anew: " + why.message());
  {
    const std::lock_guard lock(mutex_);
    watch_lost_ = true;
  }
  wake();
}

void Membership::on_session_lost(coordinator::SessionId, const Error& why) noexcept {
  log(LogLevel::warn,
      "the session of node " + self() + " has ended, and others may take it for dead: " + why.message());
  {
    const std::lock_guard lock(mutex_);
    session_lost_ = true;
  }
  wake();
}

void Membership::wake() {
  {
    const std::lock_guard lock(mutex_);
    awake_ = true;
  }
  woken_.notify_all();
}

void Membership::rest(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  woken_.wait_until(lock, later(std::chrono::steady_clock::now(), time), [&] { return awake_ || stops(); });
  awake_ = false;
}

// --- the agent ---

// For want of memory a look may come to nothing; then everything is read anew by the next one.
void Membership::run() {
  while (!stops()) {
    try {
      look();
    } catch (const std::exception& e) {
      log(LogLevel::error, std::string("a look at the cluster failed, and is made again: ") + e.what());
      {
        const std::lock_guard lock(mutex_);
        watch_lost_ = true;
      }
      rest(kAskAgain);
    }
  }
}

void Membership::look() {
  bool rejoins = false, reads = false;
  {
    const std::lock_guard lock(mutex_);
    rejoins = std::exchange(session_lost_, false);
    reads = std::exchange(watch_lost_, false);
  }
  Result<void> done;
  if (rejoins) done = rejoin();
  if (done.ok() && reads) {
    watch_.reset();
    auto version = access_.read_all();
    if (version.ok()) watch_ = access_.coordinator().watch("", *version, *this);
    if (!version.ok()) done = version.error();
  }
  if (!done.ok()) {
    complain("node " + self() + " cannot renew what it knows of the cluster: " + done.error().message());
    const std::lock_guard lock(mutex_);
    session_lost_ = session_lost_ || rejoins;
    watch_lost_ = watch_lost_ || reads;
  }
  take_changes();
  refresh();
  if (done.ok()) tell_condition();
  if (done.ok()) act_on_plan();
  rest(done.ok() ? kLook : kAskAgain);
}

void Membership::take_changes() {
  std::vector<coordinator::Change> changes;
  {
    const std::lock_guard lock(mutex_);
    changes.swap(changes_);
  }
  for (const coordinator::Change& change : changes)
    if (auto applied = access_.apply(change); !applied.ok()) log(LogLevel::error, applied.error().message());
}

// What is led here and should not be closes before the view says so, and what should be and is not opens after it: so
// calls that come in between wait here, or are sent on, and none finds a partition that nobody leads.
void Membership::refresh() {
  const std::lock_guard acts(refreshing_);
  close_lost();
  show_view();
  open_owned();
  queue_moves();
  if (transfers_) transfers_->look_again();
}

void Membership::show_view() {
  auto& current = parts_.router.view();
  const auto before = current.get();
  auto next = access_.look([&](const Directory& known) { return known.view(*before); });
  if (before->owners() == next.owners() && before->members() == next.members()) return;
  if (auto shown = parts_.router.show(std::move(next)); !shown.ok())
    log(LogLevel::error, "the view of the cluster cannot be gone by: " + shown.error().message());
}

// Another member began to lead it: its owner was taken for dead, or somebody forced it.
void Membership::close_lost() {
  for (PartitionId id = 0; id < kAllPartitions; ++id) {
    partition::Partition& partition = *parts_.partitions.at(id).value();
    if (partition.state() == partition::State::closed) continue;
    const auto mine = access_.look([&](const Directory& known) {
      const auto* owner = known.partition(id);
      return !owner || owner->record.epoch <= partition.epoch() || owner->record.owner == self();
    });
    if (mine) continue;
    {
      const std::lock_guard lock(mutex_);
      if (giving_.contains(id)) continue;  // the mover sees to it
    }
    if (auto closed = partition.close(std::chrono::milliseconds(0)); !closed.ok())
      complain("a partition that another node leads: " + closed.error().message());
    else
      (void)partition.hand_over();
  }
}

void Membership::open_owned() {
  for (PartitionId id = 0; id < kAllPartitions; ++id) {
    const Epoch epoch = access_.look([&](const Directory& known) {
      const auto* owner = known.partition(id);
      const bool mine =
          owner && owner->record.owner == self() && (!has_rows(id) || owner->record.store == parts_.store);
      return mine ? owner->record.epoch : Epoch{0};
    });
    if (epoch == 0) continue;
    {
      const std::lock_guard lock(mutex_);
      if (giving_.contains(id) || clearing_.contains(id)) continue;
    }
    if (auto opened = open(id, epoch); !opened.ok())
      complain("partition " + std::to_string(id) + " cannot be opened: " + opened.error().message());
  }
}

// It was forced on this node: what is here of it is of an earlier time, and was led on by others since.
Result<void> Membership::empty_out(PartitionId id, Epoch epoch) {
  store()->commits().fence(id, epoch);
  return store::drop_partition(*store(), id, store()->commits().epoch(id), true);
}

Result<void> Membership::open(PartitionId id, Epoch epoch) {
  partition::Partition& partition = *parts_.partitions.at(id).value();
  if (partition.state() != partition::State::closed || partition.epoch() >= epoch) return {};
  if (!has_rows(id) || !store()) return partition.open(epoch);
  auto mark = store::mark_of(*store(), id);
  if (!mark.ok()) return mark.error();
  const Epoch forced = access_.look([&](const Directory& known) {
    const auto* owner = known.partition(id);
    return owner ? owner->record.forced : Epoch{0};
  });
  if (forced > (mark->has_value() ? (*mark)->epoch : Epoch{0})) {
    if (auto emptied = empty_out(id, epoch); !emptied.ok()) return emptied;
    mark->reset();
  }
  if (mark->has_value() && (*mark)->state == store::PartitionMark::State::taking)
    return Error(ErrorKind::corrupt, "not all of it is in the store");
  const std::int64_t lead = mark->has_value() ? (*mark)->time_lead_ms : 0;
  parts_.context.times.set_lead(id, lead);
  if (auto opened = partition.open(epoch); !opened.ok()) return opened;
  auto* noted = new MarkCommit;
  noted->partition = id;
  noted->epoch = epoch;
  noted->writes = {{.key = store::partition_key(id),
                    .value = store::value_of(store::encode({store::PartitionMark::State::whole, epoch, lead}))}};
  store()->commits().submit(noted);
  return {};
}

// --- plans ---

void Membership::act_on_plan() {
  const Directory known = access_.directory();
  if (planner_of(known) != self()) return;
  const Plan next = plan(known);
  Transaction takes;
  const auto commit = [&] {
    if (takes.writes.empty()) return true;
    auto done = access_.commit(std::exchange(takes, {}));
    if (!done.ok()) complain("partitions cannot be given to other members: " + done.error().message());
    if (!done.ok() || !*done) wake();
    return done.ok();
  };
  for (const Move& move : next.takes) {
    const auto* before = known.partition(move.partition);
    PartitionRecord record{.epoch = before->record.epoch + 1, .owner = move.to};
    replace(takes, partition_record_key(move.partition), before->version, record);
    if (takes.writes.size() == kTakesAtOnce && !commit()) return;
  }
  if (!commit()) return;
  std::map<std::string, std::size_t> asked;
  for (PartitionId id = 0; id < kAllPartitions; ++id)
    if (const auto* owner = known.partition(id); owner && !owner->record.target.empty()) ++asked[owner->record.owner];
  for (const Move& move : next.gives) {
    const auto* before = known.partition(move.partition);
    const auto* owner = known.member(before->record.owner);
    const bool drains = owner && owner->record.state != MemberState::serving;
    const bool stays = move.to == before->record.owner;  // on its way to who cannot have it
    if (!options_.rebalance && !drains && !stays) continue;
    if (before->record.target.empty() && ++asked[before->record.owner] > kGivesAtOnce) continue;
    PartitionRecord record = before->record;
    record.target = stays ? std::string() : move.to;
    record.pinned = false;
    replace(takes, partition_record_key(move.partition), before->version, record);
    if (takes.writes.size() == kTakesAtOnce && !commit()) return;
  }
  if (commit() && !next.takes.empty()) wake();
}

void Membership::queue_moves() {
  const Directory known = access_.directory();
  const std::lock_guard lock(mutex_);
  for (PartitionId id = 0; id < kAllPartitions; ++id) {
    const auto* owner = known.partition(id);
    if (!owner || owner->record.owner != self() || owner->record.target.empty()) continue;
    if (owner->record.target == self() || !known.alive(owner->record.target)) continue;
    if (!reaches(owner->record.target, id)) continue;
    if (parts_.partitions.at(id).value()->state() != partition::State::leading) continue;
    if (giving_.insert(id).second) to_give_.push_back(id);
  }
  if (!to_give_.empty()) to_move_.notify_all();
}

// What has rows travels on a link; the rest just begins elsewhere.
bool Membership::reaches(const std::string& member, PartitionId partition) const {
  if (!has_rows(partition) || !transfers_) return true;
  const auto peer = parts_.router.view().get()->find(member);
  return peer && transfers_->reaches(*peer);
}

std::vector<Membership::Moving> Membership::moving() const {
  std::vector<Moving> out;
  const std::lock_guard lock(mutex_);
  for (const auto& [partition, one] : on_the_way_) {
    out.push_back(one.moving);
    if (!one.giving) continue;
    const transfer::Given given = one.giving->given();
    out.back().records = given.records;
    out.back().bytes = given.bytes;
  }
  return out;
}

Membership::HandOvers Membership::hand_overs() const {
  const std::lock_guard lock(mutex_);
  return hand_overs_;
}

}  // namespace troupe::membership
