// Reads and writes the mark; a slot lies within one sector, which disks write whole.
#include "store/log/log_mark.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <span>
#include <string>

#include "base/private_files.h"
#include "store/format/checksum.h"
#include "store/lmdb/lmdb_error.h"

namespace troupe::store {
namespace {

constexpr std::uint64_t kMarkMagic = 0x6b72616d70757254ULL;  // "Trupmark"

struct Slot {
  std::uint64_t magic;
  std::uint32_t format;
  std::uint32_t zero;
  std::uint64_t log_id;
  std::uint64_t batch;
  std::uint64_t checksum;
};
static_assert(sizeof(Slot) == 40 && sizeof(Slot) <= kMarkSlotBytes);

int write_slot(int fd, std::size_t index, std::uint64_t log_id, std::uint64_t batch) noexcept {
  Slot slot{.magic = kMarkMagic, .format = kMarkFormat, .zero = 0, .log_id = log_id, .batch = batch, .checksum = 0};
  slot.checksum = checksum_of_header(slot);
  return write_all(fd, index * kMarkSlotBytes, std::as_bytes(std::span(&slot, 1)));
}

int fill(int fd, std::uint64_t log_id, std::uint64_t batch) noexcept {
  if (::ftruncate(fd, kMarkSlots * kMarkSlotBytes) != 0) return errno;
  for (std::size_t index = 0; index < kMarkSlots; ++index)
    if (const int code = write_slot(fd, index, log_id, batch); code != 0) return code;
  return 0;
}

}  // namespace

std::filesystem::path mark_path(const std::filesystem::path& directory) { return directory / "commit.mark"; }

Result<std::optional<std::uint64_t>> read_mark(const std::filesystem::path& path, std::uint64_t log_id) {
  const std::string tried = "cannot read the commit log's mark " + path.string();
  const int fd = open_regular(path, O_RDONLY);
  if (fd < 0 && errno == ENOENT) return std::optional<std::uint64_t>();
  if (fd < 0) return lmdb_error(tried, errno);
  std::optional<std::uint64_t> batch;
  bool foreign = false;
  for (std::size_t index = 0; index < kMarkSlots; ++index) {
    Slot slot{};
    const ssize_t got = ::pread(fd, &slot, sizeof slot, static_cast<off_t>(index * kMarkSlotBytes));
    const int code = got < 0 ? errno : 0;
    const bool whole = got == static_cast<ssize_t>(sizeof slot) && slot.magic == kMarkMagic;
    if (code != 0 || (whole && slot.format > kMarkFormat)) {
      ::close(fd);
      if (code != 0) return lmdb_error(tried, code);
      return Error(ErrorKind::unimplemented, tried + ": it has format " + std::to_string(slot.format) +
                                                 "; this build reads format " + std::to_string(kMarkFormat));
    }
    if (!whole || slot.checksum != checksum_of_header(slot)) continue;
    foreign = slot.log_id != log_id;
    if (foreign) continue;
    batch = std::max(batch.value_or(0), slot.batch);
  }
  ::close(fd);
  if (batch) return batch;
  return Error(ErrorKind::corrupt, tried + (foreign ? ": it belongs to another store" : ": it is damaged") +
                                       "; restore the whole directory from a copy");
}

LogMark::~LogMark() {
  if (fd_ >= 0) ::close(fd_);
}

int LogMark::open(const std::filesystem::path& path, std::uint64_t log_id, std::uint64_t batch, bool sync_it) {
  const int fd = open_regular(path, O_RDWR);
  struct stat status {};
  const bool serves =
      fd >= 0 && ::fstat(fd, &status) == 0 && status.st_size == static_cast<off_t>(kMarkSlots * kMarkSlotBytes);
  if (!serves) {
    if (fd >= 0) ::close(fd);
    return make(path, log_id, batch, sync_it);
  }
  if (fd_ >= 0) ::close(fd_);
  fd_ = fd;
  log_id_ = log_id;
  const int code = write(batch);
  return code == 0 && sync_it ? sync() : code;
}

int LogMark::make(const std::filesystem::path& path, std::uint64_t log_id, std::uint64_t batch, bool sync) {
  const std::filesystem::path unfinished = path.string() + ".new";
  const int fd = open_regular(unfinished, O_RDWR | O_CREAT | O_TRUNC);
  if (fd < 0) return errno;
  if (fd_ >= 0) ::close(fd_);
  fd_ = fd;
  log_id_ = log_id;
  int code = fill(fd, log_id, batch);
  if (code == 0 && sync && ::fsync(fd) != 0) code = errno;
  if (code == 0 && ::rename(unfinished.c_str(), path.c_str()) != 0) code = errno;
  if (code == 0 && sync) code = sync_directory(path.parent_path());
  if (code != 0) ::unlink(unfinished.c_str());
  return code;
}

int LogMark::write(std::uint64_t batch) const noexcept { return write_slot(fd_, batch % kMarkSlots, log_id_, batch); }

int LogMark::sync() const noexcept { return ::fsync(fd_) == 0 ? 0 : errno; }

}  // namespace troupe::store
