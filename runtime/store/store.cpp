// Puts the store together: directory, lock, environment, log, queue. Reading it is in store_read.cpp.
#include "store/store.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <system_error>

#include "base/log_fields.h"
#include "base/private_files.h"
#include "base/random.h"
#include "store/backup/rewrite.h"
#include "store/encryption/cipher.h"
#include "store/encryption/key_register.h"
#include "store/format/file_names.h"
#include "store/lmdb/environment.h"
#include "store/lmdb/lmdb_error.h"
#include "store/log/checkpoint.h"
#include "store/log/commit_log.h"
#include "store/log/log_mark.h"
#include "store/log/overlay.h"
#include "store/log/recovery.h"
#include "store/past_time.h"

namespace troupe::store {
namespace {

constexpr std::size_t kSmallestMapBytes = std::size_t{1} << 20;
constexpr std::size_t kSmallestLogBytes = std::size_t{64} << 10;
constexpr std::size_t kLargestLogBytes = std::size_t{1} << 30;

Result<void> check(const StoreOptions& options) {
  if (options.directory.empty()) return Error(ErrorKind::invalid, "the store needs a data directory; none was named");
  if (options.cluster.empty() || options.node.empty())
    return Error(ErrorKind::invalid,
                 "the store at " + options.directory.string() + " needs a cluster's and a node's name");
  if (options.max_map_bytes < kSmallestMapBytes || options.max_map_bytes < options.initial_map_bytes)
    return Error(ErrorKind::invalid, "max_map_bytes of the store at " + options.directory.string() + " is " +
                                         std::to_string(options.max_map_bytes) +
                                         "; it is at least 1 MiB and at least initial_map_bytes");
  if (options.log_bytes < kSmallestLogBytes || options.log_bytes > kLargestLogBytes)
    return Error(ErrorKind::invalid, "log_bytes of the store at " + options.directory.string() + " is " +
                                         std::to_string(options.log_bytes) + "; it is 64 KiB to 1 GiB");
  return {};
}

// What an earlier version left open to others, and a directory that is the store's alone. One that holds other things,
// or belongs to somebody else, keeps its mode.
void close_store(const std::filesystem::path& directory, const LogSink& log) {
  constexpr std::string_view kFiles[] = {kDataFile,      kReadersFile,  kOwnerFile, "commit.0.log",
                                         "commit.1.log", "commit.mark", kOwnedFile};
  struct stat status {};
  bool its_own = ::stat(directory.c_str(), &status) == 0 && status.st_uid == ::geteuid() && !(status.st_mode & S_ISVTX);
  std::error_code failure;
  for (const auto& entry : std::filesystem::directory_iterator(directory, failure)) {
    const std::string name = entry.path().filename().string();
    const bool known = std::find(std::begin(kFiles), std::end(kFiles), name) != std::end(kFiles);
    its_own = its_own && (known || name == "admin.sock" || name == kUnfinishedRewrite);
    const std::error_code refused = known ? close_to_others(entry.path()) : std::error_code();
    if (refused && log)
      log({LogLevel::warn, "store",
           entry.path().string() + " is open to other users and cannot be closed to them: " + refused.message(),
           LogFields{{"path", entry.path().native()}, {"error", refused.message()}}});
  }
  if (its_own) (void)close_to_others(directory);
}

Result<void> make_directory(const std::filesystem::path& directory) {
  std::error_code failure;
  const auto status = std::filesystem::status(directory, failure);
  if (std::filesystem::exists(status) && !std::filesystem::is_directory(status))
    return Error(ErrorKind::invalid, "the data directory " + directory.string() +
                                         " is a file; move it away, or choose another data directory");
  failure = make_private_directories(directory);
  if (failure) return lmdb_error("cannot make the data directory " + directory.string(), failure.value());
  return {};
}

// LMDB has by now all that is in the logs.
Result<void> clean_up_after_rewrite(const StoreOptions& options) {
  if (!rewrite_was_cut_short(options.directory)) return {};
  if (options.log)
    options.log({LogLevel::warn, "store",
                 "a compaction or rotation of the store at " + options.directory.string() +
                     " was cut short; removing what it left, and wiping the logs",
                 LogFields{{"path", options.directory.native()}}});
  if (auto wiped = wipe_logs(options.directory); !wiped) return wiped;
  return forget_rewrite(options.directory);
}

// Never 0, which stands for no log.
std::uint64_t new_log_id(Chance* chance) { return random_bits(chance) | 1; }

}  // namespace

Store::Store(StoreIdentity identity, StoreLock lock, std::unique_ptr<Environment> environment)
    : identity_(std::move(identity)),
      lock_(std::move(lock)),
      environment_(std::move(environment)),
      schemas_(std::make_unique<SchemaCatalogue>(*environment_)) {}

Store::~Store() { stop(); }

Result<std::unique_ptr<Store>> Store::open(StoreOptions options) {
  if (auto checked = check(options); !checked) return checked.error();
  options.directory = fixed(options.directory);
  if (auto made = make_directory(options.directory); !made) return made.error();
  auto lock = StoreLock::own(options.directory, options.node);
  if (!lock) return lock.error();
  close_store(options.directory, options.log);
  StoreIdentity identity{.cluster = options.cluster, .node = options.node, .format = kStoreFormat};
  auto environment = Environment::open({.directory = options.directory,
                                        .initial_map_bytes = std::max(options.initial_map_bytes, kSmallestMapBytes),
                                        .max_map_bytes = options.max_map_bytes,
                                        .sync = options.sync,
                                        .faults = options.faults,
                                        .place = Place(options.directory / kOwnerFile)},
                                       identity);
  if (!environment) return environment.error();

  std::unique_ptr<Store> store(new Store(std::move(identity), std::move(lock).value(), std::move(environment).value()));
  if (auto opened = store->open_log(options); !opened) return opened.error();
  return store;
}

// What an earlier process left in the log goes into LMDB first; then the log is empty, and the queue opens.
Result<void> Store::open_log(const StoreOptions& options) {
  auto recovered = recover(*environment_, true);
  if (!recovered) return recovered.error();
  const bool fresh = recovered->log_id == 0 && recovered->rest->last_batch == 0;
  if (auto agreed = agree_on_keys(*environment_, options.keys.get(), identity_.format, fresh); !agreed) return agreed;
  identity_.encrypted = options.keys != nullptr;
  if (identity_.encrypted) {
    opener_ = std::make_unique<Opener>(options.keys);
    sealer_ = std::make_unique<Sealer>(options.keys);
  }
  const std::string description = "node " + options.node + " at " + options.directory.string();
  if (recovered->dropped_tail && options.log)
    options.log({LogLevel::warn, "store",
                 "store of " + description +
                     ": the last batch in the commit log is not whole, so it was never "
                     "acknowledged; dropped it",
                 LogFields{{"path", options.directory.native()}}});
  std::shared_ptr<const Overlay> rest = recovered->rest;
  const std::uint64_t log_id = recovered->log_id != 0 ? recovered->log_id : new_log_id(options.chance);
  LogMark mark;
  int failure = mark.open(mark_path(options.directory), log_id, rest->last_batch, options.sync);
  if (failure == 0 && recovered->log_id != 0 && !recovered->marked)
    if (auto noted = remember_log(*environment_, log_id, rest->last_batch, identity_.encrypted); !noted) return noted;
  if (failure == 0 && !rest->empty()) failure = checkpoint(*environment_, *rest).code;

  Overlay active;
  active.sequences = rest->sequences;
  active.last_batch = rest->last_batch;
  overlays_ = std::make_unique<Overlays>(std::move(active), failure == 0 ? nullptr : rest);
  if (failure == 0) {
    if (auto cleaned = clean_up_after_rewrite(options); !cleaned) return cleaned;
    auto log = CommitLog::open(*environment_, *overlays_, log_id, std::move(mark),
                               {.file_bytes = options.log_bytes / kLogHeaderBytes * kLogHeaderBytes,
                                .pause = options.checkpoint_pause,
                                .sync = options.sync,
                                .faults = options.faults,
                                .steps = options.steps});
    if (!log) return log.error();
    if (recovered->log_id == 0)
      if (auto noted = remember_log(*environment_, log_id, rest->last_batch, identity_.encrypted); !noted) return noted;
    log_ = std::move(log).value();
  }

  commits_ = std::make_unique<CommitQueue>(
      *environment_, log_.get(), sealer_.get(),
      CommitQueue::Options{.description = description,
                           .directory = options.directory.string(),
                           .log = options.log,
                           .max_pending = options.max_pending_commits,
                           .sequences = rest->sequences,
                           .max_batch_bytes = std::min(CommitQueue::kMaxBatchBytes, options.log_bytes / 4),
                           .faults = options.faults,
                           .observer = options.observer,
                           .replicator = options.replicator,
                           .max_backlog_bytes = options.max_backlog_bytes,
                           .steps = options.steps});
  if (failure != 0) {
    commits_->stop_committing(failure);
  } else {
    log_->on_failure([queue = commits_.get()](int code) { queue->stop_committing(code); });
  }
  return {};
}

Result<std::unique_ptr<Store>> Store::open_read_only(ReadOnlyOptions options) {
  std::error_code failure;
  options.directory = fixed(options.directory);
  if (!std::filesystem::is_directory(options.directory, failure))
    return Error(ErrorKind::invalid,
                 "there is no store at " + options.directory.string() + "; name a node's data directory");
  auto lock =
      options.beside_live_node || options.owned ? Result<StoreLock>(StoreLock()) : StoreLock::read(options.directory);
  if (!lock) return lock.error();
  StoreIdentity identity;
  auto environment = Environment::open({.directory = options.directory,
                                        .initial_map_bytes = kSmallestMapBytes,
                                        .max_map_bytes = 0,
                                        .sync = true,
                                        .read_only = true,
                                        .alone = !options.beside_live_node},
                                       identity);
  if (!environment) return environment.error();
  auto registered = registered_keys(**environment);
  if (!registered) return registered.error();
  if (!options.catalogue_only)
    if (auto checked = check_keys(*registered, options.keys.get(), options.directory.string()); !checked)
      return checked.error();
  if (identity.encrypted == registered->empty())
    return Error(ErrorKind::corrupt, "the store at " + options.directory.string() +
                                         " does not agree with itself on whether it is encrypted; restore it from a "
                                         "backup");
  auto recovered = recover(**environment, !options.beside_live_node);
  if (!recovered) return recovered.error();

  std::unique_ptr<Store> store(new Store(std::move(identity), std::move(lock).value(), std::move(environment).value()));
  if (store->identity_.encrypted)
    store->opener_ = std::make_unique<Opener>(options.keys ? options.keys : std::make_shared<const KeyRing>());
  Overlay active;
  active.sequences = recovered->rest->sequences;
  active.last_batch = recovered->rest->last_batch;
  store->overlays_ = std::make_unique<Overlays>(std::move(active), std::move(recovered->rest));
  return store;
}

Result<std::optional<NodeTime::Past>> Store::past_time() const { return read_past_time(*environment_); }
Result<void> Store::keep_time(const NodeTime::Past& past) { return write_past_time(*environment_, past); }
Result<std::uint64_t> Store::begin_run(const NodeTime::Past& past) { return store::begin_run(*environment_, past); }

void Store::stop() noexcept {
  if (commits_) commits_->stop();
  if (log_) log_->stop();
}

}  // namespace troupe::store
