// Opening an LMDB environment whose files may be anything: checked first, mapped then, identified last.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <thread>

#include "base/private_files.h"
#include "store/format/file_names.h"
#include "store/format/meta_rows.h"
#include "store/lmdb/environment.h"
#include "store/lmdb/file_check.h"
#include "store/lmdb/lmdb_error.h"
#include "store/log/log_file.h"
#include "store/log/log_frame.h"
#include "store/log/log_mark.h"

namespace troupe::store {
namespace {

constexpr unsigned kReaders = 256;
// LMDB's lock file with that many readers, and some.
constexpr std::uint64_t kReadersFileBytes = 32 << 10;

// What a node's start may cost: beyond so many pages a store is taken on trust, and `troupe db verify` looks at them
// all.
constexpr std::uint64_t kPagesAtStart = 1 << 15;

int write_identity(MDB_txn* txn, MDB_dbi meta, const StoreIdentity& identity) {
  const std::uint32_t on_disk = identity.format | (identity.encrypted ? kEncryptedFlag : 0);
  const std::string_view format(reinterpret_cast<const char*>(&on_disk), sizeof on_disk);
  for (const auto& [key, value] : {std::pair<std::string_view, std::string_view>{meta::kFormat, format},
                                   {meta::kCluster, identity.cluster},
                                   {meta::kNode, identity.node}}) {
    MDB_val k = as_val(key), v = as_val(value);
    if (const int code = mdb_put(txn, meta, &k, &v, 0); code != 0) return code;
  }
  return 0;
}

int read_identity(MDB_txn* txn, MDB_dbi meta, StoreIdentity& identity) {
  MDB_val format{}, cluster{}, node{};
  for (const auto& [key, value] : {std::pair<std::string_view, MDB_val*>{meta::kFormat, &format},
                                   {meta::kCluster, &cluster},
                                   {meta::kNode, &node}}) {
    MDB_val k = as_val(key);
    if (const int code = mdb_get(txn, meta, &k, value); code != 0) return code;
  }
  if (format.mv_size != sizeof identity.format) return MDB_INVALID;
  std::memcpy(&identity.format, format.mv_data, sizeof identity.format);
  identity.encrypted = (identity.format & kEncryptedFlag) != 0;
  identity.format &= ~kEncryptedFlag;
  identity.cluster = as_view(cluster);
  identity.node = as_view(node);
  return 0;
}

// Whether a log was ever written to. One that was made and no more is of a store that was being made, too.
Result<bool> was_used(const std::filesystem::path& directory, std::size_t index) {
  auto log = read_log(log_path(directory, index));
  if (!log) return log.error();
  if (!*log) return false;
  if (frame_begins((*log)->frames(), (*log)->log_id)) return true;
  auto mark = read_mark(mark_path(directory), (*log)->log_id);
  return mark && *mark && **mark > 0;
}

// Without a data file there is no store yet, or none any more.
Result<void> check_no_store(const std::filesystem::path& directory, bool read_only) {
  const std::string tried = "cannot open the store at " + directory.string();
  std::error_code ignored;
  if (std::filesystem::exists(directory / kUnfinishedRestore, ignored))
    return Error(ErrorKind::invalid, tried + ": it was being restored, and that was cut short; restore it again");
  for (std::size_t i = 0; i < kLogFiles; ++i) {
    const auto used = was_used(directory, i);
    if (!used) return used.error();
    if (used.value())
      return Error(ErrorKind::corrupt, tried + ": " + kDataFile + " is missing, and " +
                                           log_path(directory, i).string() +
                                           " was used; restore the whole directory from a copy");
  }
  if (read_only) return Error(ErrorKind::invalid, tried + ": there is no store");
  return {};
}

// A live writer may turn over both meta pages while they are read.
Result<std::optional<DataFile>> check_file(const std::filesystem::path& path, bool live, bool whole) {
  if (!live) return check_data_file(path, whole ? std::numeric_limits<std::uint64_t>::max() : kPagesAtStart);
  Result<std::optional<DataFile>> file = check_data_file(path);
  for (int tries = 0; !file && tries < 10; ++tries) {
    std::this_thread::yield();
    file = check_data_file(path);
  }
  return file;
}

}  // namespace

Result<std::unique_ptr<Environment>> Environment::open(Options options, StoreIdentity& identity) {
  std::unique_ptr<Environment> environment(new Environment(std::move(options)));
  if (auto opened = environment->open_files(); !opened) return opened.error();
  if (auto opened = environment->open_tables(identity); !opened) return opened.error();
  return environment;
}

Result<void> Environment::open_files() {
  const std::filesystem::path& directory = options_.directory;
  const std::string tried = "cannot open the store at " + directory.string();
  const Result<std::optional<DataFile>> found = check_file(directory / kDataFile, !options_.alone, options_.read_only);
  if (!found) return found.error();
  const std::optional<DataFile>& file = found.value();
  if (!file)
    if (auto missing = check_no_store(directory, options_.read_only); !missing) return missing;
  std::uint64_t map = options_.initial_map_bytes;
  if (file) map = std::max({map, file->used_bytes, std::min<std::uint64_t>(file->map_bytes, file->file_bytes)});
  if (!options_.read_only) {
    const std::uint64_t most = max_file_bytes();
    if (most < kReadersFileBytes || (file && file->used_bytes > most)) return lmdb_error(tried, EFBIG);
    map = std::min(map, most);
    if (const int code = allocate_readers_file(directory / kReadersFile, kReadersFileBytes); code != 0)
      return lmdb_error(tried, code);
  }
  unsigned flags = MDB_NOTLS;
  if (!options_.sync) flags |= MDB_NOSYNC;
  if (options_.read_only) flags |= MDB_RDONLY;
  if (options_.read_only && options_.alone) flags |= MDB_NOLOCK;  // the directory's lock keeps writers away

  int code = mdb_env_create(&env_);
  if (code == 0) code = mdb_env_set_maxdbs(env_, kTableNames.size());
  if (code == 0) code = mdb_env_set_maxreaders(env_, kReaders);
  if (code == 0) code = mdb_env_set_mapsize(env_, map);
  if (code == 0) code = mdb_env_open(env_, directory.c_str(), flags, 0600);
  if (code != 0) return lmdb_error(tried, code);

  MDB_stat stat;
  mdb_env_stat(env_, &stat);
  page_bytes_ = stat.ms_psize;
  MDB_envinfo info;
  mdb_env_info(env_, &info);
  map_bytes_ = info.me_mapsize;
  return {};
}

Result<bool> Environment::identify(const StoreIdentity& wanted, StoreIdentity& found) {
  const std::string tried = "cannot open the store at " + options_.directory.string();
  MDB_txn* txn = nullptr;
  MDB_dbi& meta = tables_[static_cast<std::size_t>(Table::meta)];
  MDB_stat stat{};
  int code = mdb_txn_begin(env_, nullptr, MDB_RDONLY, &txn);
  if (code != 0) return lmdb_error(tried, code);
  code = mdb_dbi_open(txn, nullptr, 0, &main_);
  if (code == 0) code = mdb_stat(txn, main_, &stat);
  const bool fresh = code == 0 && stat.ms_entries == 0;
  if (code == 0 && !fresh) code = mdb_dbi_open(txn, kTableNames[static_cast<std::size_t>(Table::meta)], 0, &meta);
  if (code == 0 && !fresh) code = read_identity(txn, meta, found);
  mdb_txn_abort(txn);

  if (code == MDB_NOTFOUND || code == MDB_INCOMPATIBLE)
    return Error(ErrorKind::corrupt, tried + ": it is an LMDB file of another program; choose another data directory");
  if (code != 0) return lmdb_error(tried, code);
  if (fresh && options_.read_only) return Error(ErrorKind::invalid, tried + ": the store is empty");
  if (fresh) return true;
  const StoreIdentity expected =
      options_.read_only ? StoreIdentity{.cluster = found.cluster, .node = found.node, .format = wanted.format}
                         : wanted;
  if (auto checked = check_identity(found, expected, options_.directory.string()); !checked) return checked.error();
  return false;
}

Result<void> Environment::open_tables(StoreIdentity& identity) {
  StoreIdentity found;
  const Result<bool> fresh = identify(identity, found);
  if (!fresh) return fresh.error();
  const auto open_all = [&](MDB_txn* txn) {
    int code = 0;
    for (std::size_t i = 0; code == 0 && i < tables_.size(); ++i)
      code = mdb_dbi_open(txn, kTableNames[i], options_.read_only ? 0 : MDB_CREATE, &tables_[i]);
    if (code == 0 && fresh.value()) code = write_identity(txn, table(Table::meta), identity);
    return code;
  };

  int code = 0;
  identity.encrypted = found.encrypted;
  if (options_.read_only) {
    identity = found;
    MDB_txn* txn = nullptr;
    code = mdb_txn_begin(env_, nullptr, MDB_RDONLY, &txn);
    if (code == 0) {
      code = open_all(txn);
      if (code == 0)
        code = mdb_txn_commit(txn);  // keeps the tables' handles
      else
        mdb_txn_abort(txn);
    }
  } else {
    // Read slots of processes that were killed would keep old pages from being used again.
    int dead = 0;
    code = mdb_reader_check(env_, &dead);
    if (code == 0) code = resize(map_bytes() / page_bytes_ * page_bytes_);
    if (code == 0) code = write(0, open_all).code;
  }
  if (code != 0) return lmdb_error("cannot open the store at " + options_.directory.string(), code);
  return {};
}

}  // namespace troupe::store
