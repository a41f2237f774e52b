// How far the commit log has been synced, in a file of its own: a log that ends before it has lost something.
//
// A torn end of the log is what a power cut leaves, and a lost end looks the same; this tells them apart. The mark is
// written after each batch's sync and is not synced itself, so it costs a write into the page cache. Whatever ends the
// process leaves it exact. A power cut may leave an older one, which claims less; it is never ahead of the log.
//
// Layout of DIR/commit.mark, little-endian: two slots, at 0 and at 512, written in turn; the one with the higher batch
// counts.
//    0  u64  magic
//    8  u32  mark format (1)
//   12  u32  zero
//   16  u64  the store's log id
//   24  u64  batch: this one and all before it have been synced, in the log or in LMDB
//   32  u64  checksum of the 32 bytes before it
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <utility>

#include "troupe/error.h"

namespace troupe::store {

inline constexpr std::uint32_t kMarkFormat = 1;
inline constexpr std::size_t kMarkSlotBytes = 512;
inline constexpr std::size_t kMarkSlots = 2;

[[nodiscard]] std::filesystem::path mark_path(const std::filesystem::path& directory);

// The batch; nothing when there is no such file. corrupt when it is no mark of this log.
[[nodiscard]] Result<std::optional<std::uint64_t>> read_mark(const std::filesystem::path& path, std::uint64_t log_id);

// One thread writes, another one may sync.
class LogMark {
 public:
  LogMark() = default;
  ~LogMark();
  LogMark(LogMark&& other) noexcept : fd_(std::exchange(other.fd_, -1)), log_id_(other.log_id_) {}
  LogMark& operator=(LogMark&& other) noexcept {
    std::swap(fd_, other.fd_);
    log_id_ = other.log_id_;
    return *this;
  }

  // Says `batch`, which no mark of this log is past, durably: in the file that is there, which a full disk allows, or
  // in a new one. errno; 0: done.
  [[nodiscard]] int open(const std::filesystem::path& path, std::uint64_t log_id, std::uint64_t batch, bool sync);
  // Puts a file that says `batch` in the place of the one that may be there; it appears whole or not at all.
  [[nodiscard]] int make(const std::filesystem::path& path, std::uint64_t log_id, std::uint64_t batch, bool sync);
  [[nodiscard]] int write(std::uint64_t batch) const noexcept;
  [[nodiscard]] int sync() const noexcept;

 private:
  int fd_ = -1;
  std::uint64_t log_id_ = 0;
};

}  // namespace troupe::store
