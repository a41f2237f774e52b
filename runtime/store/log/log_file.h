// One file of the commit log: preallocated, written in order from its front, used again and again.
//
// Layout, little-endian: a header in the first 4096 bytes, then frames (log_frame.h) one behind the other, then
// whatever an earlier use left.
//    0  u64  magic
//    8  u32  log format (1)
//   12  u32  zero
//   16  u64  the store's log id: random, the same in both files and in LMDB's `meta`
//   24  u64  bytes of the file
//   32  u64  checksum of the 32 bytes before it
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "store/disk_faults.h"
#include "troupe/error.h"

namespace troupe::store {

inline constexpr std::uint32_t kLogFormat = 1;
inline constexpr std::size_t kLogHeaderBytes = 4096;
inline constexpr std::size_t kLogFiles = 2;

// DIR/commit.0.log, DIR/commit.1.log
[[nodiscard]] std::filesystem::path log_path(const std::filesystem::path& directory, std::size_t index);

struct LogContent {
  std::uint64_t log_id = 0;
  std::vector<std::byte> bytes;  // the whole file

  [[nodiscard]] std::span<const std::byte> frames() const { return std::span(bytes).subspan(kLogHeaderBytes); }
};
// Nothing when there is no such file; corrupt when it is no log, or not a whole one.
[[nodiscard]] Result<std::optional<LogContent>> read_log(const std::filesystem::path& path);

// Writes zeros over every frame, durably: for what must not stay readable. Of a store nobody has open, whose file has
// all that was in it. errno; 0 also when there is no such file.
[[nodiscard]] int wipe_log(const std::filesystem::path& path);

class LogFile {
 public:
  // Opens the file, or makes it (again) when it is not there or of another size. A file that is made appears
  // whole or not at all, with its space taken and written once: later syncs then have no metadata to flush.
  [[nodiscard]] static Result<LogFile> open(const std::filesystem::path& path, std::uint64_t log_id, std::size_t bytes,
                                            bool sync);
  LogFile() = default;
  ~LogFile();
  LogFile(LogFile&& other) noexcept : fd_(std::exchange(other.fd_, -1)), faults_(other.faults_) {}
  LogFile& operator=(LogFile&& other) noexcept {
    std::swap(fd_, other.fd_);
    faults_ = other.faults_;
    return *this;
  }
  // Asked before each write; may be null.
  void faults(DiskFaults* faults) noexcept { faults_ = faults; }

  // errno; 0: written and, with `sync`, on the disk.
  [[nodiscard]] int write(std::size_t at, std::span<const std::byte> bytes, bool sync) const noexcept;

 private:
  explicit LogFile(int fd) noexcept : fd_(fd) {}
  int fd_ = -1;
  DiskFaults* faults_ = nullptr;
};

}  // namespace troupe::store
