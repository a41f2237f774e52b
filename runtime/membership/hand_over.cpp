// The movers: give the partitions that the records say are to be another member's, each one after the other.
//
// Until the swap of owners has been applied this node is the owner, whatever becomes of the rest; then the other one
// is, and it has everything on its disk. So whatever ends in between, a process, a link, the coordinator, there is one
// owner, and it has all.
#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "membership/membership.h"
#include "store/partition_marks.h"

namespace troupe::membership {
namespace {

using coordinator::Transaction;
using Steady = std::chrono::steady_clock;

// After a try that came to nothing.
constexpr std::chrono::milliseconds kTryAgain{500};
constexpr std::chrono::milliseconds kSwapAgain{100};
// Pauses that are remembered, to show them.
constexpr std::size_t kPauses = 256;
// Of a refusal, in the record of its partition.
constexpr std::size_t kRefusalText = 400;

}  // namespace

void Membership::stage(PartitionId partition, const char* what) {
  const std::lock_guard lock(mutex_);
  on_the_way_[partition].moving.stage = what;
}

void Membership::run_mover() {
  while (!stops()) {
    PartitionId next = 0;
    {
      std::unique_lock lock(mutex_);
      to_move_.wait(lock, [&] { return stops() || !to_give_.empty(); });
      if (stops()) return;
      next = to_give_.front();
      to_give_.pop_front();
    }
    const auto given = [&]() -> Result<void> {
      try {
        return give(next);
      } catch (const std::exception& e) {  // for want of memory
        take_back(*parts_.partitions.at(next).value());
        return Error(ErrorKind::overloaded, e.what());
      }
    }();
    {
      const std::lock_guard lock(mutex_);
      giving_.erase(next);
      on_the_way_.erase(next);
      if (given.ok()) {
        ++hand_overs_.done;
      } else {
        ++hand_overs_.failed;
        hand_overs_.last_error = given.error().message();
      }
    }
    if (!given.ok() && !stops()) {
      log(LogLevel::warn, "a hand-over failed, and is tried again: " + given.error().message());
      std::unique_lock lock(mutex_);
      to_move_.wait_until(lock, later(Steady::now(), kTryAgain), [&] { return stops(); });
    }
    wake();
  }
}

Result<void> Membership::give(PartitionId id) {
  const auto known = access_.look([&](const Directory& directory) -> std::optional<Known<PartitionRecord>> {
    const auto* owner = directory.partition(id);
    const bool still = owner && owner->record.owner == self() && !owner->record.target.empty() &&
                       owner->record.target != self() && directory.alive(owner->record.target);
    return still ? std::optional(*owner) : std::nullopt;
  });
  if (!known) return {};  // it was decided otherwise meanwhile
  partition::Partition& partition = *parts_.partitions.at(id).value();
  if (partition.state() != partition::State::leading) return {};
  const auto to = parts_.router.view().get()->find(known->record.target);
  if (!to) return Error(ErrorKind::unavailable, "node " + known->record.target + " is not known here yet");
  {
    const std::lock_guard lock(mutex_);
    on_the_way_[id].moving = {.partition = id, .to = known->record.target, .stage = "copies"};
  }
  const bool rows = has_rows(id) && store() && transfers_;
  return rows ? give_rows(partition, *known, *to) : give_at_once(partition, *known);
}

Result<void> Membership::give_rows(partition::Partition& partition, const Known<PartitionRecord>& known,
                                   net::PeerId to) {
  const PartitionId id = partition.id();
  const Epoch epoch = partition.epoch();
  auto giving = transfers_->give(id, epoch, to);
  {
    const std::lock_guard lock(mutex_);
    on_the_way_[id].giving = giving;
    if (stops()) giving->lose("this node stops");
  }
  if (auto copied = giving->copy(); !copied.ok()) {
    giving->say_given_up(copied.error().message());
    if (copied.error().code() == transfer::kSchemasRefused) note_refusal(id, known, copied.error().message());
    return copied;
  }
  std::unique_lock alone(closing_);
  if (stops()) return giving->say_given_up("this node stops"), Error(ErrorKind::unavailable, "this node stops");
  if (access_.look([&](const Directory& now) { return now.partition(id)->version != known.version; }))
    return giving->say_given_up("it was decided otherwise meanwhile"), Result<void>();
  stage(id, "hands over");
  const auto began = Steady::now();
  Result<void> done = partition.close(options_.drain);
  if (done.ok()) done = giving->finish(parts_.context.times.now(id));
  Result<bool> swapped = false;
  if (done.ok()) swapped = swap(id, known);
  if (!done.ok() || !swapped.ok() || !*swapped) {
    const Error why = !done.ok()      ? done.error()
                      : !swapped.ok() ? swapped.error()
                                      : Error(ErrorKind::unavailable, "who is to own partition " + std::to_string(id) +
                                                                          " was decided anew meanwhile");
    giving->say_given_up(why.message());
    take_back(partition);
    return why;
  }
  giving->say_lead(epoch + 1);
  {
    const std::lock_guard acts(refreshing_);
    {
      const std::lock_guard lock(mutex_);
      clearing_.insert(id);
    }
    show_view();
    (void)partition.hand_over();
  }
  alone.unlock();
  const auto pause = std::chrono::duration_cast<std::chrono::microseconds>(Steady::now() - began);
  {
    const std::lock_guard lock(mutex_);
    auto& pauses = hand_overs_.pauses;
    pauses.push_back(pause);
    if (pauses.size() > kPauses) pauses.erase(pauses.begin());
  }
  log(LogLevel::info, "partition " + std::to_string(id) + " is node " + known.record.target + "'s since epoch " +
                          std::to_string(epoch + 1) + "; its calls waited for " + std::to_string(pause.count() / 1000) +
                          " ms");
  auto dropped = store::drop_partition(*store(), id, store()->commits().epoch(id), true);
  {
    const std::lock_guard lock(mutex_);
    clearing_.erase(id);
  }
  if (!dropped.ok())
    log(LogLevel::warn,
        "what was left of a partition that was given is erased at the next start: " + dropped.error().message());
  return {};
}

// It is not tried again before that member is another program, and the planner looks for another one.
void Membership::note_refusal(PartitionId id, const Known<PartitionRecord>& known, const std::string& why) {
  PartitionRecord next = known.record;
  const auto incarnation = access_.look([&](const Directory& directory) {
    const auto* member = directory.member(next.target);
    return member ? member->record.incarnation : 0;
  });
  next.refused[next.target] = {incarnation, why.substr(0, kRefusalText)};
  next.target.clear();
  next.pinned = false;
  Transaction transaction;
  replace(transaction, partition_record_key(id), known.version, next);
  // If that fails it is tried once more, and refused once more.
  if (auto noted = access_.commit(transaction); !noted.ok())
    log(LogLevel::warn,
        "that partition " + std::to_string(id) + " was refused is not noted: " + noted.error().message());
}

// Its actors keep nothing: the next owner just begins.
Result<void> Membership::give_at_once(partition::Partition& partition, const Known<PartitionRecord>& known) {
  const std::lock_guard alone(closing_);
  if (stops()) return Error(ErrorKind::unavailable, "this node stops");
  stage(partition.id(), "hands over");
  if (auto closed = partition.close(options_.drain); !closed.ok()) return take_back(partition), closed;
  auto swapped = swap(partition.id(), known);
  if (!swapped.ok() || !*swapped) {
    take_back(partition);
    return swapped.ok() ? Error(ErrorKind::unavailable, "who is to own partition " + std::to_string(partition.id()) +
                                                            " was decided anew meanwhile")
                        : swapped.error();
  }
  const std::lock_guard acts(refreshing_);
  show_view();
  (void)partition.hand_over();
  return {};
}

// From here on the other one owns it. Until it is known whether that was applied nobody may lead it.
Result<bool> Membership::swap(PartitionId id, const Known<PartitionRecord>& known) {
  const auto store = access_.look([&](const Directory& directory) {
    const auto* target = directory.member(known.record.target);
    return target ? target->record.store : std::string();
  });
  PartitionRecord next{.epoch = known.record.epoch + 1,
                       .owner = known.record.target,
                       .store = has_rows(id) ? store : std::string(),
                       .target = {},
                       .forced = known.record.forced,
                       .pinned = known.record.pinned,
                       .refused = known.record.refused};
  next.refused.erase(known.record.target);
  Transaction transaction;
  replace(transaction, partition_record_key(id), known.version, next);
  for (;;) {
    auto swapped = access_.commit(transaction);
    if (swapped.ok() || stops()) return swapped;
    std::this_thread::sleep_for(kSwapAgain);
  }
}

// It was closed, so it goes on in an epoch of its own; and that is another record, under which nobody else may begin.
void Membership::take_back(partition::Partition& partition) {
  const PartitionId id = partition.id();
  if (partition.state() == partition::State::leading) return;
  // A handler that does not return held it up, and holds it up until it does.
  while (!stops() && !partition.close(std::chrono::milliseconds(0)).ok()) {
  }
  while (!stops()) {
    const auto known = access_.look([&](const Directory& directory) { return *directory.partition(id); });
    if (known.record.owner != self()) {  // the swap was applied after all, or somebody forced it
      const std::lock_guard acts(refreshing_);
      show_view();
      (void)partition.hand_over();
      return;
    }
    Epoch epoch = known.record.epoch;
    bool applied = epoch > partition.epoch();
    if (!applied) {
      PartitionRecord next = known.record;
      next.epoch = epoch = epoch + 1;
      if (!next.pinned) next.target.clear();  // what somebody ordered is tried again
      Transaction transaction;
      replace(transaction, partition_record_key(id), known.version, next);
      auto done = access_.commit(transaction);
      applied = done.ok() && *done;
      if (!done.ok()) std::this_thread::sleep_for(kSwapAgain);
    }
    if (!applied) continue;
    const std::lock_guard acts(refreshing_);
    show_view();
    if (auto opened = open(id, epoch); !opened.ok())
      log(LogLevel::error, "partition " + std::to_string(id) + " cannot be taken back: " + opened.error().message());
    return;
  }
}

}  // namespace troupe::membership
