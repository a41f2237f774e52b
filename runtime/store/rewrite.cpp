#include "store/rewrite.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "store/lmdb_error.h"
#include "store/log_file.h"
#include "store/store.h"

namespace troupe::store {
namespace {

namespace fs = std::filesystem;
constexpr const char* kDataFile = "data.mdb";
constexpr const char* kUnfinished = "rewrite.new";

int sync_directory(const fs::path& directory) {
  const int fd = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return errno;
  const int code = ::fsync(fd) == 0 ? 0 : errno;
  ::close(fd);
  return code;
}

Result<Rewritten> write_beside(const RewriteOptions& options, const fs::path& beside) {
  auto store = Store::open_read_only({.directory = options.directory, .owned = true, .keys = options.keys});
  if (!store) return store.error();
  auto stats = (*store)->stats();
  if (!stats) return stats.error();
  auto copied = (*store)->copy({.directory = beside,
                                .beside_logs = true,
                                .sealing = options.sealing,
                                .keys = options.keys,
                                .progress = options.progress});
  if (!copied) return copied.error();
  return Rewritten{.copy = *copied, .bytes_before = stats->used_bytes};
}

// Nothing in the logs is needed any more: the new file has it.
Result<void> wipe_logs(const fs::path& directory) {
  for (std::size_t i = 0; i < kLogFiles; ++i)
    if (const int code = wipe_log(log_path(directory, i)); code != 0)
      return lmdb_error("the store at " + directory.string() + " is rewritten, but its logs cannot be wiped", code);
  return {};
}

}  // namespace

Result<Rewritten> rewrite(const RewriteOptions& options) {
  const fs::path& directory = options.directory;
  std::error_code failure;
  if (!fs::exists(directory / kDataFile, failure))
    return Error(ErrorKind::invalid, "there is no store at " + directory.string() + "; name a node's data directory");
  if (options.sealing == Sealing::sealed_anew && options.keys == nullptr)
    return Error(ErrorKind::invalid, "no key was given to seal the store at " + directory.string() + " with");
  auto lock = StoreLock::own(directory, "rewrite");
  if (!lock) return lock.error();

  const fs::path beside = directory / kUnfinished;
  fs::remove_all(beside, failure);  // of one that was cut short
  auto rewritten = write_beside(options, beside);
  if (rewritten) {
    int code = ::rename((beside / kDataFile).c_str(), (directory / kDataFile).c_str()) == 0 ? 0 : errno;
    if (code == 0) code = sync_directory(directory);
    if (code != 0) rewritten = lmdb_error("cannot replace the store's file in " + directory.string(), code);
  }
  fs::remove_all(beside, failure);
  if (!rewritten || options.sealing == Sealing::as_it_is) return rewritten;
  if (auto wiped = wipe_logs(directory); !wiped) return wiped.error();
  return rewritten;
}

}  // namespace troupe::store
