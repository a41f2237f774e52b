// Writes a stopped store anew in its own directory: smaller, or under other keys.
//
// The new file is written beside the old one, read back and put in its place by one rename; until then, and after any
// failure, the old one is as it was. Both fit the directory's logs, so a process that ends at any point leaves a store.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

#include "store/backup/store_copy.h"
#include "troupe/error.h"

namespace troupe::store {

struct Rewritten {
  Copied copy;
  std::uint64_t bytes_before = 0;  // of the file that was replaced, as far as it was in use
};

struct RewriteOptions {
  std::filesystem::path directory = {};
  std::shared_ptr<const KeyRing> keys = {};  // all it is sealed with; of sealed_anew: the first is the new one
  // sealed_anew encrypts what was not; opened decrypts. Either way the logs are wiped of what was sealed otherwise.
  Sealing sealing = Sealing::as_it_is;
  Progress progress = {};
};

// unavailable: a node holds the store, or there is no space.
[[nodiscard]] Result<Rewritten> rewrite(const RewriteOptions& options);

// A rewrite that was cut short leaves a copy in the making, which may be in clear beside an encrypted store, and logs
// that are sealed as before. Whoever opens the store next, holding its lock, cleans up: the logs, once LMDB has all
// that is in them, then the copy.
[[nodiscard]] bool rewrite_was_cut_short(const std::filesystem::path& directory);
[[nodiscard]] Result<void> wipe_logs(const std::filesystem::path& directory);
[[nodiscard]] Result<void> forget_rewrite(const std::filesystem::path& directory);

}  // namespace troupe::store
