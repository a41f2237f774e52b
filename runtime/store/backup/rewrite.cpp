#include "store/backup/rewrite.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "base/private_files.h"
#include "store/format/file_names.h"
#include "store/lmdb/lmdb_error.h"
#include "store/log/log_file.h"
#include "store/store.h"

namespace troupe::store {
namespace {

namespace fs = std::filesystem;

Result<Rewritten> write_beside(const RewriteOptions& options, const fs::path& beside) {
  auto store = Store::open_read_only({.directory = beside.parent_path(), .owned = true, .keys = options.keys});
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

}  // namespace

// What a rewrite left in the logs is sealed otherwise, and nothing in them is needed any more.
Result<void> wipe_logs(const fs::path& directory) {
  for (std::size_t i = 0; i < kLogFiles; ++i)
    if (const int code = wipe_log(log_path(directory, i)); code != 0)
      return lmdb_error("the logs of the store at " + directory.string() + " cannot be wiped", code);
  return {};
}

bool rewrite_was_cut_short(const fs::path& directory) {
  std::error_code ignored;
  return fs::exists(directory / kUnfinishedRewrite, ignored);
}

Result<void> forget_rewrite(const fs::path& directory) {
  std::error_code failure;
  fs::remove_all(directory / kUnfinishedRewrite, failure);
  if (failure) return lmdb_error("cannot remove " + (directory / kUnfinishedRewrite).string(), failure.value());
  return {};
}

Result<Rewritten> rewrite(const RewriteOptions& options) {
  const fs::path directory = fixed(options.directory);
  std::error_code ignored;
  if (!fs::exists(directory / kDataFile, ignored))
    return Error(ErrorKind::invalid, "there is no store at " + directory.string() + "; name a node's data directory");
  if (options.sealing == Sealing::sealed_anew && options.keys == nullptr)
    return Error(ErrorKind::invalid, "no key was given to seal the store at " + directory.string() + " with");
  auto lock = StoreLock::own(directory, "rewrite");
  if (!lock) return lock.error();

  const fs::path beside = directory / kUnfinishedRewrite;
  const bool was_cut_short = rewrite_was_cut_short(directory);
  const bool wipe = options.sealing != Sealing::as_it_is || was_cut_short;
  if (auto cleaned = forget_rewrite(directory); !cleaned) return cleaned.error();
  auto rewritten = write_beside(options, beside);
  if (rewritten) {
    int code = ::rename((beside / kDataFile).c_str(), (directory / kDataFile).c_str()) == 0 ? 0 : errno;
    if (code == 0) code = sync_directory(directory);
    if (code != 0) rewritten = lmdb_error("cannot replace the store's file in " + directory.string(), code);
  }
  // Until the logs are wiped the directory stays, as the sign that they are to be.
  if (rewritten && wipe)
    if (auto wiped = wipe_logs(directory); !wiped) return wiped.error();
  if (auto cleaned = forget_rewrite(directory); rewritten && !cleaned) return cleaned.error();
  if (!rewritten && was_cut_short) fs::create_directory(beside, ignored);
  return rewritten;
}

}  // namespace troupe::store
