// Work on the files of stopped nodes: backups, restoring them, compaction, rotation of keys. A running node is backed
// up over its admin socket (POST /store/backup). runtime/doc/operating.md says when to use which.
//
// What fails leaves the store as it was. Any thread; each takes as long as reading and writing the store once or twice.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "troupe/encryption.h"
#include "troupe/error.h"

namespace troupe {

// Records done, and about how many there are.
using FileProgress = std::function<void(std::uint64_t done, std::uint64_t of)>;

struct BackupFigures {
  std::string cluster;  // whose store it is
  std::string node;
  std::uint64_t taken_ms = 0;  // wall clock, since the Unix epoch
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;  // of its file
  bool encrypted = false;
};

struct RewriteFigures {
  std::uint64_t records = 0;
  std::uint64_t bytes_before = 0;  // of the file, as far as it was in use
  std::uint64_t bytes_after = 0;
  bool encrypted = false;  // now
};

// All: `invalid` when there is no store or no key for an encrypted one, `denied` for a wrong key, `corrupt` for damaged
// files, `unavailable` when a node holds the store or the disk refuses.

// `invalid`: there is something at `destination`.
[[nodiscard]] Result<BackupFigures> back_up_store(const std::filesystem::path& data_dir,
                                                  const std::filesystem::path& destination,
                                                  const EncryptionKeys& keys = {}, const FileProgress& progress = {});
// Checks the whole backup first. `data_dir` is not there or empty; what comes of it belongs to the node it was taken
// of.
[[nodiscard]] Result<BackupFigures> restore_store(const std::filesystem::path& backup,
                                                  const std::filesystem::path& data_dir,
                                                  const EncryptionKeys& keys = {}, const FileProgress& progress = {});
[[nodiscard]] Result<RewriteFigures> compact_store(const std::filesystem::path& data_dir,
                                                   const EncryptionKeys& keys = {}, const FileProgress& progress = {});
// Seals every value with the first of the keys, also where none was sealed before; then the others are of no use to
// this store any more. With `to_plain` nothing is sealed afterwards.
[[nodiscard]] Result<RewriteFigures> rotate_store(const std::filesystem::path& data_dir, const EncryptionKeys& keys,
                                                  bool to_plain = false, const FileProgress& progress = {});

}  // namespace troupe
