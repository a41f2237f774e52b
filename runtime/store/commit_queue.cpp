// The writer thread: gather, commit, have everyone told, in the order of submission.
#include "store/commit_queue.h"

#include <sched.h>
#include <sys/prctl.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <new>

#include "base/log_fields.h"
#include "store/disk_faults.h"
#include "store/encryption/cipher.h"
#include "store/format/keys.h"
#include "store/lmdb/environment.h"
#include "store/lmdb/lmdb_error.h"
#include "store/log/commit_log.h"
#include "troupe/duration.h"

namespace troupe::store {
namespace {

using Now = std::chrono::steady_clock;

// After a commit its caller is often back at once, and waking a parked thread costs more than this wait.
constexpr auto kStayAwake = std::chrono::microseconds(20);

std::size_t bytes_of(const Commit& commit) noexcept {
  std::size_t bytes = 0;
  for (const Write& write : commit.writes) bytes += write.key.size() + (write.value ? write.value->size() : 0);
  return bytes;
}

Result<void> check(const Commit& commit) {
  for (const Write& write : commit.writes) {
    if (auto row = check_row(commit.partition, write.key, write.value ? write.value->size() : 0); !row) return row;
  }
  if (const std::size_t bytes = bytes_of(commit); bytes > limits::kMaxWriteSetBytes)
    return Error(ErrorKind::invalid, "one turn writes " + std::to_string(bytes) + " bytes; the limit is " +
                                         std::to_string(limits::kMaxWriteSetBytes));
  return {};
}

// One write set that LMDB will not take: the others of its batch can do without it.
bool is_fault_of_one(int code) noexcept { return code == MDB_BAD_VALSIZE || code == MDB_TXN_FULL; }

// Without memory nobody can say how far it came.
Environment::Written append(CommitLog& log, std::span<const NumberedSet> sets) {
  try {
    return log.append(sets);
  } catch (const std::bad_alloc&) {
    return {ENOMEM, true};
  }
}

Error closed_error(const std::string& description) {
  return {ErrorKind::unavailable, "the store of " + description + " is closed; the call did not run"};
}

Error not_what_it_was() {
  return {ErrorKind::unavailable, "what this was decided on could not be stored; nothing of it was stored, try again"};
}

}  // namespace

Result<void> check_row(PartitionId partition, std::string_view key, std::size_t value_bytes) {
  if (auto legal = check_key(partition, key); !legal) return legal;
  const bool is_record = key.size() > 2 && static_cast<KeyKind>(key[2]) == KeyKind::actor;
  const std::size_t most = is_record ? limits::kMaxRecordBytes : limits::kMaxRowBytes;
  if (value_bytes <= most) return {};
  return Error(ErrorKind::invalid, "a record of " + std::to_string(value_bytes) + " bytes is over the limit of " +
                                       std::to_string(most) + "; large things belong in tables, row by row");
}

CommitQueue::CommitQueue(Environment& environment, CommitLog* log, Sealer* sealer, Options options)
    : environment_(environment),
      log_(log),
      sealer_(sealer),
      options_(std::move(options)),
      numbers_(options_.sequences),
      backlog_(options_.max_backlog_bytes, sequences_),
      teller_(options_.steps) {
  for (std::size_t i = 0; i < kPartitions; ++i) sequences_[i] = numbers_[i];
  if (options_.replicator)
    replication_ = std::make_unique<Replication>(*options_.replicator, teller_, options_.sequences);
  batch_.reserve(256);
  if (options_.steps) {
    run_by_steps();
  } else {
    thread_ = std::thread([this] { run(); });
  }
}

CommitQueue::~CommitQueue() { stop(); }

void CommitQueue::submit(Commit* commit) noexcept {
  if (options_.observer) [[unlikely]]
    commit->submitted = Now::now();
  if (!inbox_.push(commit)) commit->failed(closed_error(options_.description));
}

bool CommitQueue::try_submit(Commit* commit) noexcept {
  if (full()) return false;
  submit(commit);
  return true;
}

void CommitQueue::stop() noexcept {
  inbox_.stop();
  if (options_.steps) end_steps();
  if (thread_.joinable()) thread_.join();
}

void CommitQueue::run() noexcept {
  ::prctl(PR_SET_TIMERSLACK, 1000);  // ns; by default a bounded sleep ends up to 50 us late
  for (;;) {
    if (gathered_ == nullptr) gathered_ = gather();
    if (!write_batch()) return;
  }
}

// False: nothing is gathered.
bool CommitQueue::write_batch() noexcept {
  if (gathered_ == nullptr) return false;
  fill_batch(gathered_);
  process(batch_);
  batch_.clear();
  return true;
}

// What was submitted, oldest first; null when the queue has stopped and nothing is left.
Commit* CommitQueue::gather() noexcept {
  await_company();
  const auto awake_until = later(Now::now(), kStayAwake);
  for (;;) {
    if (Commit* oldest = inbox_.take()) return oldest;
    if (inbox_.stopping()) {
      if (replication_) replication_->give_up();
      teller_.finish();  // what is refused from now on must not overtake it
      if (inbox_.close()) return nullptr;
    } else if (Now::now() < awake_until) {
      ::sched_yield();
    } else {
      inbox_.park();
    }
  }
}

void CommitQueue::await_company() noexcept {
  const std::size_t target = gathering_.target();
  if (target <= 1 || inbox_.unwritten(std::memory_order_relaxed) >= target) return;
  inbox_.await(std::min<std::size_t>(target, kMaxBatch), later(Now::now(), gathering_.longest_wait()));
  gathering_.waited(inbox_.unwritten(std::memory_order_relaxed));
}

void CommitQueue::fill_batch(Commit*& backlog) {
  std::size_t bytes = 0;
  while (backlog != nullptr && batch_.size() < kMaxBatch) {
    const std::size_t more = bytes_of(*backlog);
    if (!batch_.empty() && bytes + more > options_.max_batch_bytes) break;
    bytes += more;
    Entry& entry = batch_.emplace_back(Entry{.commit = backlog, .barrier = backlog->writes.empty()});
    entry.invalid = refusal_of(entry);
    backlog = std::exchange(backlog->next_commit, nullptr);
  }
}

// Why it can never be stored; null: it can, and is sealed.
std::shared_ptr<const Error> CommitQueue::refusal_of(Entry& entry) {
  Commit& commit = *entry.commit;
  if (auto checked = check(commit); !checked) return std::make_shared<const Error>(checked.error());
  if (options_.faults && !commit.writes.empty() && options_.faults->refuses_write_set())
    return std::make_shared<const Error>(ErrorKind::invalid, "the store cannot take this write set");
  if (auto refused = refusal_of_partition(commit)) return refused;
  return seal(entry);
}

void CommitQueue::fence(PartitionId partition, std::uint64_t epoch) noexcept {
  if (partition >= kPartitions) return;
  auto& known = epochs_[partition];
  std::uint64_t old = known.load(std::memory_order_relaxed);
  while (old < epoch && !known.compare_exchange_weak(old, epoch, std::memory_order_release)) {
  }
  if (replication_) replication_->fence(partition, epoch);
}

std::shared_ptr<const Error> CommitQueue::refusal_of_partition(const Commit& commit) const {
  const std::uint64_t epoch = this->epoch(commit.partition);
  const bool full = replication_ && replication_->waiting(commit.partition) >= options_.max_pending;
  if (commit.epoch == epoch && !full) return nullptr;
  const std::string partition = "partition " + std::to_string(commit.partition);
  const std::string why = commit.epoch != epoch ? "this was decided in epoch " + std::to_string(commit.epoch) + " of " +
                                                      partition + ", which is in epoch " + std::to_string(epoch)
                                                : partition + " waits for its copies, and holds no more commits";
  return std::make_shared<const Error>(ErrorKind::unavailable, why + "; nothing of it was stored");
}

// Beside the values as they are, which are shipped and which others may read. Once for each commit: a batch may be
// taken apart and tried again.
std::shared_ptr<const Error> CommitQueue::seal(Entry& entry) try {
  if (sealer_ == nullptr) return nullptr;
  for (const Write& write : entry.commit->writes) {
    if (!write.value) {
      entry.sealed.emplace_back();
      continue;
    }
    std::vector<std::byte> sealed = *write.value;
    if (!sealer_->seal(write.key, sealed))
      return std::make_shared<const Error>(
          ErrorKind::unavailable,
          "the store of " + options_.description + " cannot seal a value; nothing of it was stored");
    entry.sealed.push_back(value_of(std::move(sealed)));
  }
  return nullptr;
} catch (const std::bad_alloc&) {
  return std::make_shared<const Error>(ErrorKind::unavailable, "no memory is left to seal a value with");
}

void CommitQueue::process(Entries batch) {
  if (const auto stopped = failure()) return fail(batch, stopped);
  refuse_what_follows(batch);
  // Barriers at the front have nothing to wait for.
  const auto first_write =
      std::find_if(batch.begin(), batch.end(), [](const Entry& e) { return !e.commit->writes.empty(); });
  const auto barriers = static_cast<std::size_t>(first_write - batch.begin());
  for (const Entry& entry : batch.first(barriers)) entry.commit->sequence = sequence(entry.commit->partition);
  complete(batch.first(barriers));
  batch = batch.subspan(barriers);
  if (batch.empty()) return;

  const Outcome outcome = store(batch);
  if (outcome.code == 0) return complete(batch);
  if (!is_fault_of_one(outcome.code)) {
    stop_committing(outcome.code);
    const ErrorKind kind = outcome.while_committing ? ErrorKind::unknown_outcome : ErrorKind::unavailable;
    return fail(batch, std::make_shared<const Error>(kind, failure()->message()));
  }
  if (batch.size() > 1) {
    for (std::size_t i = 0; i < batch.size(); ++i) process(batch.subspan(i, 1));
    return;
  }
  batch[0].invalid = std::make_shared<const Error>(
      ErrorKind::invalid, "the store cannot take this write set of " + std::to_string(batch[0].commit->writes.size()) +
                              " records: " + reason(outcome.code));
  refuse_what_follows(batch);
  complete(batch);
}

// In the order of submission: with a commit that is refused go those that were decided on it.
void CommitQueue::refuse_what_follows(Entries batch) {
  for (Entry& entry : batch) {
    if (!entry.invalid && !refused_before_) continue;
    std::atomic<std::uint32_t>* ages = entry.commit->ages;
    if (ages == nullptr) continue;
    const bool of_this_age = ages->load(std::memory_order_acquire) == entry.commit->age;
    if (entry.invalid == nullptr && !of_this_age) entry.invalid = std::make_shared<const Error>(not_what_it_was());
    if (entry.invalid != nullptr && of_this_age) {
      ages->store(entry.commit->age + 1, std::memory_order_release);
      refused_before_ = true;
    }
  }
}

CommitQueue::Outcome CommitQueue::store(Entries batch) {
  const auto began = Now::now();
  std::size_t bytes = 0;
  sets_.clear();
  for (std::size_t i = 0; i < kPartitions; ++i) numbers_[i] = sequences_[i].load(std::memory_order_relaxed);
  for (Entry& entry : batch) {
    Commit& commit = *entry.commit;
    if (entry.invalid != nullptr) continue;
    if (!commit.writes.empty()) {
      bytes += entry.bytes = bytes_of(commit);
      entry.records = commit.writes.size();
      sets_.push_back({commit.partition, ++numbers_[commit.partition], &commit.writes, commit.epoch});
    }
    commit.sequence = commit.partition < kPartitions ? numbers_[commit.partition] : 0;
  }
  const std::size_t sets = sets_.size();
  if (sets == 0) return {};  // nothing but barriers and what will be refused

  if (const Outcome written = write(batch); written.code != 0) {
    runs_.clear();
    return written;
  }
  const auto took = Now::now() - began;
  const std::size_t mine = batch.size();
  gathering_.committed(mine, inbox_.unwritten(std::memory_order_relaxed) - mine, took);
  const auto us = [](auto span) {
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(span).count());
  };
  batches_.add(sets, 1, false);
  syncs_.add(counted(took), 1, false);
  counters_.transactions.fetch_add(1, std::memory_order_relaxed);
  counters_.write_sets.fetch_add(sets, std::memory_order_relaxed);
  counters_.bytes.fetch_add(bytes, std::memory_order_relaxed);
  counters_.last_batch.store(sets, std::memory_order_relaxed);
  counters_.last_commit_us.store(us(took), std::memory_order_relaxed);
  counters_.mean_commit_us.store(us(gathering_.mean_commit()), std::memory_order_relaxed);
  return {};
}

// The numbered sets: to the copies in clear, to this disk sealed, and then to whoever follows.
CommitQueue::Outcome CommitQueue::write(Entries batch) try {
  Backlog::Writing writing(backlog_);
  make_runs(writing);
  const bool shipped = replication_ && log_->has_room_for(sets_);
  if (shipped) replication_->ship(runs_);
  take_sealed(batch);
  const Environment::Written written = append(*log_, sets_);
  if (written.code != 0) return {written.code, written.while_committing};
  for (const NumberedSet& set : sets_) sequences_[set.partition].store(set.sequence, std::memory_order_relaxed);
  writing.done(runs_);
  if (replication_ && !shipped) replication_->ship(runs_);
  return {};
} catch (const std::bad_alloc&) {
  return {ENOMEM, false};  // of make_runs(): nothing was written
}

void CommitQueue::make_runs(const Backlog::Writing& writing) {
  if (replication_) {
    runs_ = runs_of(sets_);
  } else if (writing.wanted()) {
    runs_ = runs_of(sets_, [&](PartitionId partition) { return writing.wanted(partition); });
  }
}

// What goes to disk is sealed from here on. A batch that is tried again finds it done.
void CommitQueue::take_sealed(Entries batch) noexcept {
  for (Entry& entry : batch) {
    for (std::size_t i = 0; i < entry.sealed.size(); ++i) entry.commit->writes[i].value = std::move(entry.sealed[i]);
    entry.sealed.clear();
  }
}

void CommitQueue::complete(Entries batch) noexcept {
  if (options_.observer) [[unlikely]]
    tell_observer(batch);
  for (Entry& entry : batch) {
    auto* counter = entry.invalid != nullptr ? &counters_.refused : entry.barrier ? &counters_.barriers : nullptr;
    if (counter != nullptr) counter->fetch_add(1, std::memory_order_relaxed);
    ended_.push_back({entry.commit, std::move(entry.invalid)});
  }
  tell();
}

void CommitQueue::fail(Entries batch, const std::shared_ptr<const Error>& error) noexcept {
  counters_.failures.fetch_add(batch.size(), std::memory_order_relaxed);
  for (Entry& entry : batch) ended_.push_back({entry.commit, entry.invalid ? std::move(entry.invalid) : error});
  tell();
}

void CommitQueue::tell() noexcept {
  teller_.expect(ended_.size());
  inbox_.written(ended_.size());
  if (replication_) {
    replication_->pass(ended_, runs_);
  } else {
    teller_.tell(ended_);
  }
  ended_.clear();
  runs_.clear();
}

// What was acknowledged is on disk; the batch at hand is not, or nobody can say; nothing more is tried, because
// after a failed fsync the kernel no longer knows what it lost.
void CommitQueue::stop_committing(int code) {
  std::string message = "store of " + options_.description + " stopped: " + reason(code) + "; ";
  message += advice_after_stop(code);
  std::shared_ptr<const Error> none;
  if (!failure_.compare_exchange_strong(none, std::make_shared<const Error>(ErrorKind::unavailable, message))) return;
  if (options_.log)
    options_.log({LogLevel::error, "store", message, LogFields{{"path", options_.directory}, {"error", reason(code)}}});
}

std::uint64_t CommitQueue::sequence(PartitionId partition) const noexcept {
  return partition < kPartitions ? sequences_[partition].load(std::memory_order_relaxed) : 0;
}

std::shared_ptr<const Error> CommitQueue::failure() const noexcept { return failure_.load(); }

}  // namespace troupe::store
