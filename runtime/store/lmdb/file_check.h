// Looks at an LMDB data file before LMDB maps it: LMDB trusts its files, and a truncated one would end the process
// with SIGBUS at some later read. Reads two pages and two roots; finds foreign, truncated and damaged files.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "troupe/error.h"

namespace troupe::store {

struct DataFile {
  std::uint64_t file_bytes = 0;
  std::uint64_t used_bytes = 0;  // up to the last page in use
  std::uint64_t map_bytes = 0;   // as the last writer had it
};

// Nothing when the file is missing or empty: a store that is still to be made.
// `pages`: how many pages of the trees are looked at as well, at most; none of a file that is being written.
[[nodiscard]] Result<std::optional<DataFile>> check_data_file(const std::filesystem::path& path,
                                                              std::uint64_t pages = 0);

// LMDB maps its lock file for writing; a page of it that the disk has no room for would end the process with SIGBUS. So
// the room is taken beforehand. errno, or 0.
[[nodiscard]] int allocate_readers_file(const std::filesystem::path& path, std::uint64_t bytes) noexcept;

}  // namespace troupe::store
