// Opening a coordinator's directory, which may be anything: looked at first, mapped then, identified last, and all that
// while no other process writes there. And the list of what is open in this process.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <map>
#include <system_error>
#include <utility>

#include "base/private_files.h"
#include "coordinator/file/shared_environment.h"
#include "store/format/file_names.h"
#include "store/lmdb/file_check.h"
#include "store/lmdb/lmdb_error.h"

namespace troupe::coordinator::file {
namespace {

constexpr std::chrono::seconds kOpening{5};
constexpr const char* kProcessFile = "processes";
constexpr std::string_view kFormatKey = "coordinator";
constexpr unsigned kReaders = 1024;  // slots in LMDB's table, for all processes
constexpr std::size_t kReadersOfProcess = 4;
// LMDB's lock file with that many readers, and some.
constexpr std::uint64_t kReadersFileBytes = 128 << 10;
// What opening may cost: beyond so many pages the file is taken on trust.
constexpr std::uint64_t kPagesAtStart = 1 << 15;

// What is open in this process, by its directory. It has to be one for the process, since LMDB's rule is of the
// process; it holds nothing alive.
struct OpenEnvironments {
  using Id = std::pair<dev_t, ino_t>;
  std::mutex mutex;
  std::condition_variable closed;
  std::map<Id, std::weak_ptr<SharedEnvironment>> open;
};

OpenEnvironments& open_environments() {
  static OpenEnvironments all;
  return all;
}

// Nothing is made in a directory that holds other things.
Result<void> check_contents(const std::filesystem::path& directory) {
  std::error_code failure;
  if (std::filesystem::exists(directory / store::kDataFile, failure)) return {};
  for (const auto& entry : std::filesystem::directory_iterator(directory, failure)) {
    const std::string name = entry.path().filename().string();
    if (name == kProcessFile || name == store::kReadersFile) continue;
    return Error(ErrorKind::invalid, "cannot make a coordinator in " + directory.string() +
                                         ": it holds other things (" + name + "); choose a directory of its own");
  }
  if (failure) return store::lmdb_error("cannot open the coordinator in " + directory.string(), failure.value());
  return {};
}

}  // namespace

Result<std::shared_ptr<SharedEnvironment>> SharedEnvironment::open(const EnvironmentOptions& options) {
  const std::string tried = "cannot open the coordinator in " + options.directory.string();
  if (options.directory.empty())
    return Error(ErrorKind::invalid, "a coordinator of kind file wants a directory that all its nodes share");
  if (const auto made = make_private_directories(options.directory)) return store::lmdb_error(tried, made.value());
  struct stat status {};
  if (::stat(options.directory.c_str(), &status) != 0) return store::lmdb_error(tried, errno);
  const OpenEnvironments::Id id{status.st_dev, status.st_ino};

  OpenEnvironments& all = open_environments();
  std::unique_lock lock(all.mutex);
  std::shared_ptr<SharedEnvironment> found;
  all.closed.wait(lock, [&] {
    const auto entry = all.open.find(id);
    return entry == all.open.end() || (found = entry->second.lock()) != nullptr;
  });
  if (found && found->in_place()) return found;
  if (found) return found->failure(tried, ESTALE);
  std::unique_ptr<SharedEnvironment> made(new SharedEnvironment(options));
  if (auto opened = made->open_files(); !opened) return opened.error();
  std::shared_ptr<SharedEnvironment> shared(made.release(), [id](SharedEnvironment* last) {
    OpenEnvironments& others = open_environments();
    const std::lock_guard closing(others.mutex);
    delete last;
    others.open.erase(id);
    others.closed.notify_all();
  });
  all.open[id] = shared;
  return shared;
}

Result<void> SharedEnvironment::open_files() {
  const std::string tried = "cannot open the coordinator in " + options_.directory.string();
  if (max_file_bytes() < options_.map_bytes)
    return Error(ErrorKind::invalid, tried + ": this process may write files of " + std::to_string(max_file_bytes()) +
                                         " bytes only; raise the limit (ulimit -f) to " +
                                         std::to_string(options_.map_bytes));
  if (auto checked = check_contents(options_.directory); !checked) return checked;
  auto processes = ProcessFile::open(options_.directory / kProcessFile);
  if (!processes) return processes.error();
  processes_ = std::move(processes).value();

  const std::atomic<bool> never{false};
  if (auto taken = take_turn(tried, later(std::chrono::steady_clock::now(), kOpening), never); !taken) return taken;
  auto opened = open_environment();
  if (opened) opened = identify();
  end_turn();
  return opened;
}

Result<void> SharedEnvironment::open_environment() {
  const std::filesystem::path& directory = options_.directory;
  const std::string tried = "cannot open the coordinator";
  const auto file = store::check_data_file(directory / store::kDataFile, kPagesAtStart);
  if (!file) return file.error();
  int code = store::allocate_readers_file(directory / store::kReadersFile, kReadersFileBytes);
  if (code == 0) code = mdb_env_create(&env_);
  if (code == 0) code = mdb_env_set_maxdbs(env_, kTableNames.size());
  if (code == 0) code = mdb_env_set_maxreaders(env_, kReaders);
  if (code == 0) code = mdb_env_set_mapsize(env_, options_.map_bytes);
  if (code == 0) code = mdb_env_open(env_, directory.c_str(), MDB_NOTLS, 0600);
  if (code != 0) return failure(tried, code);
  for (const char* name : {store::kDataFile, store::kReadersFile, kProcessFile})
    if (const auto refused = close_to_others(directory / name)) return failure(tried, refused.value());
  if (const auto refused = close_to_others(directory)) return failure(tried, refused.value());
  if (code = sync_directory(directory); code != 0) return failure(tried, code);
  place_.emplace(directory / store::kDataFile);
  drop_dead_readers();
  return {};
}

// Nothing is written to a file of something else.
Result<void> SharedEnvironment::identify() {
  const std::string tried = "cannot open the coordinator";
  const auto foreign = [&](const char* what) {
    return Error(ErrorKind::invalid,
                 tried + " in " + options_.directory.string() + ": " + what + "; choose a directory of its own");
  };
  MDB_txn* txn = nullptr;
  MDB_dbi main = 0, meta = 0;
  MDB_stat stat{};
  int code = mdb_txn_begin(env_, nullptr, 0, &txn);
  if (code != 0) return failure(tried, code);
  code = mdb_dbi_open(txn, nullptr, 0, &main);
  if (code == 0) code = mdb_stat(txn, main, &stat);
  const bool fresh = code == 0 && stat.ms_entries == 0;
  if (code == 0 && !fresh) code = mdb_dbi_open(txn, kTableNames[0], 0, &meta);
  std::uint32_t format = kFormat;
  try {
    must(code);
    if (!fresh) {
      const auto row = Rows(txn, meta).get(kFormatKey);
      if (!row || row->size() != sizeof format) throw LmdbFailure{MDB_NOTFOUND};
      std::memcpy(&format, row->data(), sizeof format);
    }
    if (format == kFormat) open_tables(txn, fresh);
    code = 0;
  } catch (const LmdbFailure& failed) {
    code = failed.code;
  }
  if (code != 0 || format != kFormat) mdb_txn_abort(txn);
  if (code == MDB_NOTFOUND || code == MDB_INCOMPATIBLE)
    return foreign("its data are those of another program, or of a node's store");
  if (code != 0) return failure(tried, code);
  if (format != kFormat)
    return Error(ErrorKind::invalid, tried + " in " + options_.directory.string() + ": it has format " +
                                         std::to_string(format) + ", and this program knows " +
                                         std::to_string(kFormat) +
                                         "; use the program that wrote it, or choose another directory");
  code = mdb_txn_commit(txn);
  for (std::size_t i = 0; code == 0 && i < kReadersOfProcess; ++i) {
    MDB_txn* reader = nullptr;
    code = mdb_txn_begin(env_, nullptr, MDB_RDONLY, &reader);
    if (code != 0) break;
    mdb_txn_reset(reader);
    readers_.push_back(reader);
  }
  if (code != 0) return failure(tried, code);
  return {};
}

void SharedEnvironment::open_tables(MDB_txn* txn, bool fresh) {
  for (std::size_t i = 0; i < tables_.size(); ++i)
    must(mdb_dbi_open(txn, kTableNames[i], fresh ? MDB_CREATE : 0, &tables_[i]));
  if (!fresh) return;
  std::string row(sizeof kFormat, '\0');
  std::memcpy(row.data(), &kFormat, sizeof kFormat);
  Rows(txn, tables_[0]).put(kFormatKey, row);
}

}  // namespace troupe::coordinator::file
