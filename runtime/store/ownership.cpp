#include "store/ownership.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <span>
#include <string>

#include "base/private_files.h"
#include "store/format/file_names.h"
#include "store/lmdb/lmdb_error.h"

namespace troupe::store {
namespace {

constexpr std::string_view kFirstLine = "troupe-owned 1\n";
constexpr std::size_t kOwnedDigits = kPartitions / 4;
constexpr std::size_t kOwnedBytes = kFirstLine.size() + kOwnedDigits + 1;

std::string text_of(const PartitionSet& owned) {
  std::string text(kFirstLine);
  for (std::size_t i = 0; i < kPartitions; i += 4) {
    const int digit = owned[i] << 3 | owned[i + 1] << 2 | owned[i + 2] << 1 | int{owned[i + 3]};
    text.push_back("0123456789abcdef"[digit]);
  }
  return text + "\n";
}

std::optional<PartitionSet> set_of(std::string_view text) {
  if (text.size() != kOwnedBytes || !text.starts_with(kFirstLine)) return std::nullopt;
  PartitionSet owned;
  for (std::size_t i = 0; i < kOwnedDigits; ++i) {
    const char* const at = text.data() + kFirstLine.size() + i;
    unsigned digit = 0;
    if (std::from_chars(at, at + 1, digit, 16).ptr != at + 1) return std::nullopt;
    for (std::size_t bit = 0; bit < 4; ++bit) owned[4 * i + bit] = (digit >> (3 - bit) & 1) != 0;
  }
  return owned;
}

int write_file(const std::filesystem::path& path, std::string_view text) {
  const int fd = open_regular(path, O_WRONLY | O_CREAT | O_TRUNC);
  if (fd < 0) return errno;
  int code = write_all(fd, 0, std::as_bytes(std::span(text)));
  if (code == 0 && ::fsync(fd) != 0) code = errno;
  ::close(fd);
  return code;
}

}  // namespace

Result<std::optional<PartitionSet>> read_owned(const std::filesystem::path& directory) {
  const std::filesystem::path path = directory / kOwnedFile;
  const std::string tried = "cannot read which partitions belong to the store, from " + path.string();
  const int fd = open_regular(path, O_RDONLY);
  if (fd < 0 && errno == ENOENT) return std::optional<PartitionSet>();
  if (fd < 0) return lmdb_error(tried, errno);
  std::string text(kOwnedBytes + 1, '\0');
  const ssize_t got = ::read(fd, text.data(), text.size());
  const int code = errno;
  ::close(fd);
  if (got < 0) return lmdb_error(tried, code);
  const auto owned = set_of(std::string_view(text).substr(0, static_cast<std::size_t>(got)));
  if (!owned) return Error(ErrorKind::corrupt, tried + ": it is damaged; restore the directory from a copy");
  return owned;
}

Result<void> remember_owned(const std::filesystem::path& directory, const PartitionSet& owned) {
  const auto before = read_owned(directory);
  if (!before) return before.error();
  if (before.value() == owned) return {};
  const std::filesystem::path path = directory / kOwnedFile, unfinished = path.string() + ".new";
  int code = write_file(unfinished, text_of(owned));
  if (code == 0 && ::rename(unfinished.c_str(), path.c_str()) != 0) code = errno;
  if (code == 0) code = sync_directory(directory);
  if (code == 0) return {};
  return lmdb_error("cannot note which partitions belong to the store, in " + path.string(), code);
}

}  // namespace troupe::store
