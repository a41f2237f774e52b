// Backups: a copy of a store in a directory of its own, with a page that says whose it is and what its bytes sum up to.
//
// The page, `backup`, is written last: a backup that was cut short has none, and is refused. Lines of `name value`:
//   troupe-backup 1, cluster, node, taken (wall milliseconds), batch, records, encrypted (0, 1), bytes, sha256 (of
//   data.mdb)
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "store/backup/store_copy.h"
#include "store/store.h"
#include "troupe/error.h"

namespace troupe::store {

struct BackupPage {
  std::string cluster = {};
  std::string node = {};
  std::uint64_t taken_ms = 0;
  std::uint64_t batch = 0;
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;  // of the data file
  bool encrypted = false;
  std::string sha256 = {};
};

// Into `destination`, which is not there or empty. Of a running node's store or one opened read-only; commits go on.
// What is encrypted stays so. invalid: there is something at `destination`.
[[nodiscard]] Result<BackupPage> back_up(const Store& store, const std::filesystem::path& destination,
                                         std::uint64_t now_ms, const Progress& progress = {});

// corrupt: there is no finished backup at `backup`, or its page is damaged.
[[nodiscard]] Result<BackupPage> read_backup_page(const std::filesystem::path& backup);

// Checks the backup, byte by byte and record by record, then makes `directory` (not there or empty) a store of it.
// On failure nothing is left there.
[[nodiscard]] Result<BackupPage> restore(const std::filesystem::path& backup, const std::filesystem::path& directory,
                                         std::shared_ptr<const KeyRing> keys, const Progress& progress = {});

}  // namespace troupe::store
