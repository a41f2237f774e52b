// A node's store: a commit log and one LMDB environment in one directory, owned by one process at a time.
//
// open() gives a whole store or a clear Error: it never guesses at files that are foreign, truncated, of another
// node or of a later format. Writes go through the commit queue alone; reads are short and from any thread.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "base/node_time.h"
#include "base/random.h"
#include "base/steps.h"
#include "store/backup/store_copy.h"
#include "store/commit_queue.h"
#include "store/encryption/key_ring.h"
#include "store/format/keys.h"
#include "store/identity.h"
#include "store/schema_catalogue.h"
#include "store/store_lock.h"
#include "troupe/error.h"
#include "troupe/log.h"

struct MDB_txn;

namespace troupe::store {

class CommitLog;
class DiskFaults;
class Opener;
class Overlays;
class Replicator;
class Sealer;

struct StoreOptions {
  std::filesystem::path directory = {};  // made if it is not there
  std::string cluster = {};
  std::string node = {};
  // The map is address space and a sparse file, not memory or disk; it doubles as it fills.
  std::size_t initial_map_bytes = limits::kMinStoreBytes;
  std::size_t max_map_bytes = std::size_t{1} << 40;
  std::size_t max_pending_commits = limits::kMaxPendingCommits;
  LogSink log = {};
  // Null: not encrypted. Given for a new store, or for one that is encrypted with one of them.
  std::shared_ptr<const KeyRing> keys = {};
  // One of the two files of the commit log, taken from the disk when the store is made. Larger: fewer checkpoints,
  // more memory (up to twice this) and a longer way back after a crash. 64 KiB to 1 GiB.
  std::size_t log_bytes = std::size_t{16} << 20;
  // When no commit came for this long, what the log holds goes into LMDB.
  std::chrono::milliseconds checkpoint_pause{1000};
  // Told of commits; outlives the store. Null: nobody is.
  Observer* observer = nullptr;
  // What a test has the disk refuse; outlives the store. Null outside tests.
  DiskFaults* faults = nullptr;
  // Who keeps copies elsewhere; outlives the store. Null: this disk is the only one.
  Replicator* replicator = nullptr;
  // Of what is kept in memory for whoever follows a partition (backlog.h); past it the oldest goes.
  std::size_t max_backlog_bytes = kMaxBacklogBytes;
  // Of a simulation: who takes the steps of the store, which then has no thread, and where chance comes from. Both
  // outlive the store.
  Steps* steps = nullptr;
  Chance* chance = nullptr;
  // For tests that measure other things: an acknowledged commit may be lost with the power, not with the process.
  bool sync = true;
};

struct ReadOnlyOptions {
  std::filesystem::path directory = {};
  // Read beside a live node, which then goes on writing: what is read is from the moment of opening, and what the
  // node's later checkpoints have written by then. Otherwise a held store is refused.
  bool beside_live_node = false;
  bool catalogue_only = false;               // schemas() is asked alone, which needs no key; values do not open
  bool owned = false;                        // the caller holds the directory's lock
  std::shared_ptr<const KeyRing> keys = {};  // of use to an encrypted store alone
};

struct StoreStats {
  CommitStats commits;
  std::size_t map_bytes = 0;
  std::size_t used_bytes = 0;  // pages handed out, free ones among them
  std::uint64_t records = 0;   // counted when asked
  std::uint64_t reads = 0;
};

struct Record {
  std::string key;
  std::vector<std::byte> value;
};

class Store {
 public:
  // invalid: the directory cannot be used like this (a file in the way, another cluster's or node's store).
  // unavailable: another process holds it, or the disk refuses. corrupt: foreign or damaged files.
  // unimplemented: a later version wrote it. invalid, denied: check_keys(), in store/encryption/key_register.h.
  // A store whose log cannot be brought into LMDB, say on a full disk,
  // opens and can be read; its queue has stopped, with the cause.
  [[nodiscard]] static Result<std::unique_ptr<Store>> open(StoreOptions options);
  // For tools. Writes nothing and makes nothing; there is no commit queue.
  [[nodiscard]] static Result<std::unique_ptr<Store>> open_read_only(ReadOnlyOptions options);
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  // The value as last committed; nothing when the key is not there. Any thread; waits for no commit.
  [[nodiscard]] Result<std::optional<std::vector<std::byte>>> read(std::string_view key) const;
  // Whether read() would find a value; cheaper.
  [[nodiscard]] Result<bool> contains(std::string_view key) const;
  // Up to `limit` records of [first, past), fewer when they are large, as one moment saw them: in key order from the
  // first on, or against it from the last on. Any thread.
  struct Page {
    std::vector<Record> records;
    bool more = false;  // the range may hold more; false: it does not
  };
  [[nodiscard]] Result<Page> read_page(const KeyRange& range, std::size_t limit, bool backward = false) const;
  // The same, in key order; and which of the partition's write sets was the last one at that moment. Not of a read-only
  // store.
  [[nodiscard]] Result<Page> read_page(const KeyRange& range, std::size_t limit, PartitionId partition,
                                       std::uint64_t& sequence) const;
  // The same, in key order, without saying whether there is more.
  [[nodiscard]] Result<std::vector<Record>> read_range(const KeyRange& range, std::size_t limit) const;
  // Every record of the range, page by page: each page is consistent in itself. `visit` returns false to stop.
  // No transaction is open while `visit` runs.
  [[nodiscard]] Result<void> for_each(const KeyRange& range, const std::function<bool(const Record&)>& visit) const;
  // The same, which goes on past values that do not open: `damage` says why one did not, and is null otherwise.
  using Walked = std::function<bool(const Record& record, const Error* damage)>;
  [[nodiscard]] Result<void> walk(const KeyRange& range, const Walked& visit) const;

  // Any thread, but not in durable() or failed(); one at a time, others get `overloaded`. unavailable: end_copies(), or
  // no space.
  [[nodiscard]] Result<Copied> copy(const CopyOptions& options) const;
  // Of the copy that is being made; both 0: none is.
  [[nodiscard]] std::uint64_t copy_done() const noexcept { return copy_done_; }
  [[nodiscard]] std::uint64_t copy_total() const noexcept { return copy_of_; }
  // Copies that run end soon, and no more begin.
  void end_copies() noexcept { copies_end_ = true; }

  // Not of a read-only store.
  [[nodiscard]] CommitQueue& commits() noexcept { return *commits_; }
  [[nodiscard]] SchemaCatalogue& schemas() noexcept { return *schemas_; }
  // How far its node has come with its own time; nothing: this is its first run. Any thread.
  [[nodiscard]] Result<std::optional<NodeTime::Past>> past_time() const;
  [[nodiscard]] Result<void> keep_time(const NodeTime::Past& past);
  // Counts a run of its node and keeps its time. Which run it is, from 1 on: a number that only grows, unless the
  // directory is set back, or the disk takes no more.
  [[nodiscard]] Result<std::uint64_t> begin_run(const NodeTime::Past& past);
  [[nodiscard]] const StoreIdentity& identity() const noexcept { return identity_; }
  [[nodiscard]] Result<std::vector<std::uint64_t>> sequences() const;  // by partition, as last committed
  [[nodiscard]] Result<StoreStats> stats() const;
  // Drains the commit queue and the log; reads still work. The destructor does the same.
  void stop() noexcept;

 private:
  Store(StoreIdentity identity, StoreLock lock, std::unique_ptr<Environment> environment);
  [[nodiscard]] Result<void> open_log(const StoreOptions& options);
  [[nodiscard]] bool overtaken(MDB_txn* txn) const;
  // Shows `found` the value as it is stored, if there is one. False: there is none.
  [[nodiscard]] Result<bool> find(std::string_view key,
                                  const std::function<void(std::span<const std::byte>)>& found) const;
  using Numbers = std::array<std::uint64_t, kPartitions>;
  [[nodiscard]] Result<Page> read_sealed(const KeyRange& range, std::size_t limit, bool backward) const;
  [[nodiscard]] Result<Page> read_sealed(const KeyRange& range, std::size_t limit, bool backward,
                                         const std::function<void(const Numbers&)>& at_that_moment) const;
  [[nodiscard]] Result<Page> open_page(Result<Page> page) const;
  [[nodiscard]] Result<std::vector<std::byte>> opened(std::string_view key, std::vector<std::byte> value) const;
  [[nodiscard]] Result<std::uint64_t> count_records() const;

  StoreIdentity identity_;
  std::unique_ptr<Opener> opener_;  // null: not encrypted
  std::unique_ptr<Sealer> sealer_;  // the writer thread's own
  mutable std::mutex copying_;
  mutable std::atomic<std::uint64_t> copy_done_{0}, copy_of_{0};
  std::atomic<bool> copies_end_{false};
  StoreLock lock_;  // let go of last
  std::unique_ptr<Environment> environment_;
  std::unique_ptr<SchemaCatalogue> schemas_;
  std::unique_ptr<Overlays> overlays_;
  std::unique_ptr<CommitLog> log_;
  std::unique_ptr<CommitQueue> commits_;  // gone first: it writes to the log, and that to the environment
};

}  // namespace troupe::store
