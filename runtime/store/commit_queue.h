// The commit queue: write sets in, "it is on disk" out.
//
// A commit goes through stages: submitted, on this disk, replicated (if the store has a replicator), told. One writer
// thread drains every pending write set into one batch and appends it to the commit log with one sync; while one batch
// syncs the next one gathers. Then the teller (teller.h) tells the commits of the batch, in the order they were
// submitted, mostly on a thread of its own while the writer thread goes on. A write set that can never be stored fails
// alone; a failed write or checkpoint stops the queue for good, loudly, and loses nothing that was acknowledged.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "base/histogram.h"
#include "base/limits.h"
#include "base/observer.h"
#include "base/steps.h"
#include "store/backlog.h"
#include "store/commit.h"
#include "store/commit_inbox.h"
#include "store/gathering.h"
#include "store/log/log_frame.h"
#include "store/replication.h"
#include "store/teller.h"
#include "troupe/error.h"
#include "troupe/ids.h"
#include "troupe/log.h"

namespace troupe::store {

class CommitLog;
class DiskFaults;
class Environment;
class Sealer;

struct CommitStats {
  std::uint64_t transactions = 0;  // batches made durable
  std::uint64_t checkpoints = 0;   // of the log into LMDB
  std::uint64_t write_sets = 0;    // made durable; barriers are not counted
  std::uint64_t barriers = 0;
  std::uint64_t bytes = 0;     // keys and values
  std::uint64_t refused = 0;   // write sets that were invalid
  std::uint64_t failures = 0;  // commits that got failed() because the store stopped
  std::uint64_t last_batch = 0;
  double mean_batch = 0;
  std::uint64_t last_commit_us = 0;
  std::uint64_t mean_commit_us = 0;  // of recent transactions
  std::uint64_t map_growths = 0;
};

// Of the batches that were made durable.
struct CommitTimes {
  HistogramSum batches;  // write sets in each
  HistogramSum syncs;    // ns that writing and syncing took
};

class CommitQueue {
 public:
  // Write sets of one batch, and their bytes, so that several batches fit a log.
  static constexpr std::size_t kMaxBatch = 4096;
  static constexpr std::size_t kMaxBatchBytes = 4u << 20;

  struct Options {
    std::string description;  // "node shop-1 at data/shop-1", for messages
    std::string directory;    // for log lines
    LogSink log;
    std::size_t max_pending = limits::kMaxPendingCommits;
    std::array<std::uint64_t, kPartitions> sequences{};  // as they are on disk
    std::size_t max_batch_bytes = kMaxBatchBytes;
    DiskFaults* faults = nullptr;
    Observer* observer = nullptr;      // null: nobody is told of commits
    Replicator* replicator = nullptr;  // null: what is on this disk is told
    std::size_t max_backlog_bytes = kMaxBacklogBytes;
    Steps* steps = nullptr;  // null: it has a thread, and so has its teller
  };
  // All outlive the queue. A queue without a log commits nothing: stop_committing() comes first. Without a sealer
  // values go to disk as they are.
  CommitQueue(Environment& environment, CommitLog* log, Sealer* sealer, Options options);
  ~CommitQueue();
  CommitQueue(const CommitQueue&) = delete;
  CommitQueue& operator=(const CommitQueue&) = delete;

  // Any thread; never blocks, allocates nothing. After stop(), failed() is called at once on this thread.
  void submit(Commit* commit) noexcept;
  // False, and nothing happened, when the queue is full.
  [[nodiscard]] bool try_submit(Commit* commit) noexcept;
  // What waits for copies of its partition does not count: it holds up nobody else.
  [[nodiscard]] bool full() const noexcept {
    return pending() >= options_.max_pending + (replication_ ? replication_->waiting() : 0);
  }
  // Submitted and not yet told. Any thread.
  [[nodiscard]] std::size_t pending() const noexcept { return inbox_.unwritten() + teller_.untold(); }

  // Nothing is pending, and nobody is being told of what ended. Any thread.
  [[nodiscard]] bool at_rest() const noexcept { return inbox_.unwritten() == 0 && teller_.at_rest(); }

  // The replicator's word, of a queue that has one: a partition's write sets have their copies up to this number. Any
  // thread.
  void replicated(PartitionId partition, std::uint64_t sequence) noexcept {
    if (replication_) replication_->replicated(partition, sequence);
  }
  // The partition has another owner, or is led anew, in this epoch: commits of an earlier one that wait for copies end
  // as unknown_outcome, and those of any other that come are refused as unavailable. Other partitions go on. Nothing,
  // if the partition has come to that epoch already. Any thread.
  void fence(PartitionId partition, std::uint64_t epoch) noexcept;
  // Whose commits are taken; 0: of a partition that was never fenced. Any thread.
  [[nodiscard]] std::uint64_t epoch(PartitionId partition) const noexcept {
    return partition < kPartitions ? epochs_[partition].load(std::memory_order_acquire) : 0;
  }

  // For who follows a partition, and needs what was written since. Any thread.
  [[nodiscard]] Backlog& backlog() noexcept { return backlog_; }

  [[nodiscard]] CommitStats stats() const noexcept;
  [[nodiscard]] CommitTimes times() const noexcept;
  // The last sequence number of a partition that is on disk; 0: none.
  [[nodiscard]] std::uint64_t sequence(PartitionId partition) const noexcept;
  // Why the queue stopped committing; null while all is well. Once set it stays.
  [[nodiscard]] std::shared_ptr<const Error> failure() const noexcept;
  // From now on every write set fails with this LMDB or errno code; says so once. Any thread.
  void stop_committing(int code);
  // For who waits for a commit on a thread that nobody else takes steps on meanwhile: writes and tells what was
  // submitted. Nothing where the queue has threads.
  void help() noexcept;
  // Completes all that was submitted, then ends the writer thread. What waits for copies by then ends as
  // unknown_outcome. Idempotent; not from durable() or failed().
  void stop() noexcept;

 private:
  struct Entry {
    Commit* commit;
    std::shared_ptr<const Error> invalid = {};  // why it can never be stored
    bool barrier = false;
    std::vector<Value> sealed = {};  // of its writes, until they take them
    std::size_t bytes = 0;           // and records: what it wrote, if somebody observes
    std::size_t records = 0;
  };
  struct Outcome {
    int code = 0;  // LMDB's; 0: on disk
    bool while_committing = false;
  };
  using Entries = std::span<Entry>;

  void run() noexcept;
  void run_by_steps();
  bool write_batch() noexcept;
  void end_steps() noexcept;
  [[nodiscard]] Commit* gather() noexcept;
  void await_company() noexcept;
  void fill_batch(Commit*& backlog);
  [[nodiscard]] std::shared_ptr<const Error> seal(Entry& entry);
  [[nodiscard]] std::shared_ptr<const Error> refusal_of_partition(const Commit& commit) const;
  [[nodiscard]] std::shared_ptr<const Error> refusal_of(Entry& entry);
  void process(Entries batch);
  void refuse_what_follows(Entries batch);
  [[nodiscard]] Outcome store(Entries batch);
  [[nodiscard]] Outcome write(Entries batch);
  void make_runs(const Backlog::Writing& writing);
  void take_sealed(Entries batch) noexcept;
  void complete(Entries batch) noexcept;
  void tell_observer(Entries batch) const noexcept;  // observed_commits.cpp
  void fail(Entries batch, const std::shared_ptr<const Error>& error) noexcept;
  void tell() noexcept;

  Environment& environment_;
  CommitLog* const log_;
  Sealer* const sealer_;
  const Options options_;
  HistogramCounts batches_, syncs_;                   // counted by the writer thread
  Gathering gathering_;                               // the writer thread's own
  Commit* gathered_ = nullptr;                        // what the next batches take; the writer thread's own
  std::vector<Entry> batch_;                          // the writer thread's own
  std::vector<NumberedSet> sets_;                     // those of the batch at hand
  std::array<std::uint64_t, kPartitions> numbers_{};  // after the batch at hand
  bool refused_before_ = false;                       // a commit that has an age
  std::vector<Ended> ended_;                          // the writer thread's own

  std::vector<SetRun> runs_;  // those of the batch at hand, if somebody wants them; the writer thread's own
  Backlog::Sequences sequences_{};
  std::array<std::atomic<std::uint64_t>, kPartitions> epochs_{};
  Backlog backlog_;
  std::atomic<std::shared_ptr<const Error>> failure_;

  struct Counters {
    std::atomic<std::uint64_t> transactions{0}, write_sets{0}, barriers{0}, bytes{0}, refused{0}, failures{0};
    std::atomic<std::uint64_t> last_batch{0}, last_commit_us{0}, mean_commit_us{0};
  } counters_;

  CommitInbox inbox_;
  Teller teller_;
  std::unique_ptr<Replication> replication_;  // null: nothing is replicated
  bool ended_steps_ = false;
  std::thread thread_;
};

}  // namespace troupe::store
