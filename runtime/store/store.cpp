// Puts the store together: directory, lock, environment, sequence numbers, queue.
#include "store/store.h"

#include <cstring>
#include <system_error>

#include "store/environment.h"
#include "store/lmdb_error.h"

namespace troupe::store {
namespace {

constexpr std::size_t kPageRecords = 256;
// A page ends early at this many bytes, so that large records do not pile up in memory.
constexpr std::size_t kPageBytes = std::size_t{4} << 20;
constexpr std::size_t kSmallestMapBytes = std::size_t{1} << 20;

Result<void> check(const StoreOptions& options) {
  if (options.directory.empty()) return Error(ErrorKind::invalid, "the store needs a data directory; none was named");
  if (options.cluster.empty() || options.node.empty())
    return Error(ErrorKind::invalid, "the store at " + options.directory.string() + " needs a cluster's and a node's name");
  if (options.max_map_bytes < kSmallestMapBytes || options.max_map_bytes < options.initial_map_bytes)
    return Error(ErrorKind::invalid, "max_map_bytes of the store at " + options.directory.string() + " is " +
                                         std::to_string(options.max_map_bytes) +
                                         "; it is at least 1 MiB and at least initial_map_bytes");
  return {};
}

Result<void> make_directory(const std::filesystem::path& directory) {
  std::error_code failure;
  const auto status = std::filesystem::status(directory, failure);
  if (std::filesystem::exists(status) && !std::filesystem::is_directory(status))
    return Error(ErrorKind::invalid, "the data directory " + directory.string() +
                                         " is a file; move it away, or choose another data directory");
  std::filesystem::create_directories(directory, failure);
  if (failure) return lmdb_error("cannot make the data directory " + directory.string(), failure.value());
  return {};
}

Result<std::array<std::uint64_t, kPartitions>> read_sequences(const Environment& environment) {
  const std::string tried = "cannot read the sequence numbers of the store at " + environment.directory().string();
  std::array<std::uint64_t, kPartitions> numbers{};
  auto reading = environment.read();
  if (!reading) return reading.error();
  for (std::size_t block = 0; block < kSequenceBlocks; ++block) {
    MDB_val key = as_val(kSequenceKeys[block]), value{};
    const int code = mdb_get(reading->txn(), environment.main(), &key, &value);
    if (code == MDB_NOTFOUND) continue;  // no commit yet
    if (code != 0) return lmdb_error(tried, code);
    if (value.mv_size != kSequenceBlockNumbers * sizeof numbers[0])
      return Error(ErrorKind::corrupt, tried + ": a row is damaged; restore the directory from a copy");
    std::memcpy(&numbers[block * kSequenceBlockNumbers], value.mv_data, value.mv_size);
  }
  return numbers;
}

std::vector<std::byte> copy_of(const MDB_val& value) {
  const auto* bytes = static_cast<const std::byte*>(value.mv_data);
  return {bytes, bytes + value.mv_size};
}

}  // namespace

Store::Store(StoreIdentity identity, StoreLock lock, std::unique_ptr<Environment> environment)
    : identity_(std::move(identity)),
      lock_(std::move(lock)),
      environment_(std::move(environment)),
      schemas_(std::make_unique<SchemaCatalogue>(*environment_)) {}

Store::~Store() = default;

Result<std::unique_ptr<Store>> Store::open(StoreOptions options) {
  if (auto checked = check(options); !checked) return checked.error();
  if (auto made = make_directory(options.directory); !made) return made.error();
  auto lock = StoreLock::own(options.directory, options.node);
  if (!lock) return lock.error();
  StoreIdentity identity{.cluster = options.cluster, .node = options.node, .format = kStoreFormat};
  auto environment = Environment::open({.directory = options.directory,
                                        .initial_map_bytes = std::max(options.initial_map_bytes, kSmallestMapBytes),
                                        .max_map_bytes = options.max_map_bytes,
                                        .sync = options.sync},
                                       identity);
  if (!environment) return environment.error();
  auto sequences = read_sequences(**environment);
  if (!sequences) return sequences.error();

  std::unique_ptr<Store> store(
      new Store(std::move(identity), std::move(lock).value(), std::move(environment).value()));
  store->commits_ = std::make_unique<CommitQueue>(
      *store->environment_,
      CommitQueue::Options{.description = "node " + options.node + " at " + options.directory.string(),
                           .log = std::move(options.log),
                           .max_pending = options.max_pending_commits,
                           .sequences = sequences.value()});
  return store;
}

Result<std::unique_ptr<Store>> Store::open_read_only(ReadOnlyOptions options) {
  std::error_code failure;
  if (!std::filesystem::is_directory(options.directory, failure))
    return Error(ErrorKind::invalid, "there is no store at " + options.directory.string() + "; name a node's data directory");
  auto lock = options.beside_live_node ? Result<StoreLock>(StoreLock()) : StoreLock::read(options.directory);
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
  return std::unique_ptr<Store>(
      new Store(std::move(identity), std::move(lock).value(), std::move(environment).value()));
}

Result<std::optional<std::vector<std::byte>>> Store::read(std::string_view key) const {
  if (key.empty() || key.size() > kMaxKeyBytes)
    return Error(ErrorKind::invalid, "a durable key has " + std::to_string(key.size()) + " bytes; 1 to " +
                                         std::to_string(kMaxKeyBytes) + " are allowed");
  auto reading = environment_->read();
  if (!reading) return reading.error();
  MDB_val name = as_val(key), value{};
  const int code = mdb_get(reading->txn(), environment_->table(Table::records), &name, &value);
  if (code == MDB_NOTFOUND) return std::optional<std::vector<std::byte>>();
  if (code != 0) return lmdb_error("cannot read a record of the store at " + environment_->directory().string(), code);
  return std::optional(copy_of(value));
}

Result<std::vector<Record>> Store::read_range(const KeyRange& range, std::size_t limit) const {
  const std::string tried = "cannot read records of the store at " + environment_->directory().string();
  std::vector<Record> records;
  auto reading = environment_->read();
  if (!reading) return reading.error();
  MDB_cursor* cursor = nullptr;
  int code = mdb_cursor_open(reading->txn(), environment_->table(Table::records), &cursor);
  if (code != 0) return lmdb_error(tried, code);
  MDB_val key = as_val(range.first), value{};
  std::size_t bytes = 0;
  code = mdb_cursor_get(cursor, &key, &value, range.first.empty() ? MDB_FIRST : MDB_SET_RANGE);
  for (; code == 0 && records.size() < limit && bytes < kPageBytes; code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) {
    if (!range.past.empty() && as_view(key) >= range.past) break;
    records.push_back({std::string(as_view(key)), copy_of(value)});
    bytes += key.mv_size + value.mv_size;
  }
  mdb_cursor_close(cursor);
  if (code != 0 && code != MDB_NOTFOUND) return lmdb_error(tried, code);
  return records;
}

Result<void> Store::for_each(const KeyRange& range, const std::function<bool(const Record&)>& visit) const {
  KeyRange rest = range;
  for (;;) {
    auto page = read_range(rest, kPageRecords);
    if (!page) return page.error();
    if (page->empty()) return {};
    for (const Record& record : *page)
      if (!visit(record)) return {};
    // The key right after the last one. LMDB takes no longer keys, so a longest one ends with the next byte up.
    rest.first = page->back().key;
    if (rest.first.size() < kMaxKeyBytes) {
      rest.first.push_back('\0');
      continue;
    }
    while (!rest.first.empty() && rest.first.back() == '\xff') rest.first.pop_back();
    if (rest.first.empty()) return {};
    ++rest.first.back();
  }
}

Result<std::vector<std::uint64_t>> Store::sequences() const {
  auto numbers = read_sequences(*environment_);
  if (!numbers) return numbers.error();
  return std::vector<std::uint64_t>(numbers->begin(), numbers->end());
}

Result<StoreStats> Store::stats() const {
  StoreStats stats;
  if (commits_) stats.commits = commits_->stats();
  stats.map_bytes = environment_->map_bytes();
  stats.used_bytes = environment_->used_bytes();
  stats.reads = environment_->reads();
  auto reading = environment_->read();
  if (!reading) return reading.error();
  MDB_stat found;
  const int code = mdb_stat(reading->txn(), environment_->table(Table::records), &found);
  if (code != 0) return lmdb_error("cannot read the store at " + environment_->directory().string(), code);
  stats.records = found.ms_entries;
  return stats;
}

void Store::stop() noexcept {
  if (commits_) commits_->stop();
}

}  // namespace troupe::store
