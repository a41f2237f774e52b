// LMDB 0.9's file, as far as it is checked here (all native little-endian):
//   page header, 16 bytes:  u64 page number, u16 pad, u16 flags, u16 lower, u16 upper (overflow pages: u32 pages)
//   pages 0 and 1, at +16:  u32 magic, u32 version, u64 address, u64 map size, database free, database main,
//                           u64 last page, u64 transaction
//   database, 48 bytes:     u32 pad (in `free`: the page size), u16 flags, u16 depth, u64 branch, leaf and overflow
//                           pages, u64 entries, u64 root (all ones: empty)
//   branch and leaf pages:  u16 offsets of the nodes from +16 to `lower`; nodes from `upper` to the page's end
//   node, 8 bytes:          u16 low, u16 high, u16 flags, u16 key bytes; then the key, then a leaf's data
//                           branch: low, high and flags are the page below; leaf: low and high are the data's bytes
// LMDB writes no checksums.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <filesystem>

#include "base/private_files.h"

namespace troupe::store::layout {

struct PageHeader {
  std::uint64_t number;
  std::uint16_t pad;
  std::uint16_t flags;
  std::uint16_t lower;
  std::uint16_t upper;
};

struct Database {
  std::uint32_t pad;
  std::uint16_t flags;
  std::uint16_t depth;
  std::uint64_t branch_pages;
  std::uint64_t leaf_pages;
  std::uint64_t overflow_pages;
  std::uint64_t entries;
  std::uint64_t root;
};

struct MetaPage {
  PageHeader page;
  std::uint32_t magic;
  std::uint32_t version;
  std::uint64_t address;
  std::uint64_t map_bytes;
  Database free;
  Database main;
  std::uint64_t last_page;
  std::uint64_t transaction;
};
static_assert(sizeof(MetaPage) == 16 + 24 + 2 * 48 + 16);

inline constexpr std::uint32_t kMagic = 0xBEEFC0DE;
inline constexpr std::uint32_t kVersion = 1;
inline constexpr std::uint16_t kBranch = 0x01, kLeaf = 0x02, kOverflow = 0x04, kMeta = 0x08;
inline constexpr std::uint16_t kFreeFlags = 0x08;  // integer keys
inline constexpr std::uint64_t kEmpty = ~std::uint64_t{0};
inline constexpr std::uint16_t kDeepest = 32;  // LMDB's cursor stack

struct Node {
  std::uint16_t low;
  std::uint16_t high;
  std::uint16_t flags;
  std::uint16_t key_bytes;
};
static_assert(sizeof(Node) == 8);
inline constexpr std::uint16_t kBigData = 0x01, kSubDatabase = 0x02;  // of a leaf's node

class Reader {
 public:
  explicit Reader(const std::filesystem::path& path) : fd_(open_regular(path, O_RDONLY)), code_(fd_ < 0 ? errno : 0) {}
  ~Reader() {
    if (fd_ >= 0) ::close(fd_);
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  [[nodiscard]] int fd() const { return fd_; }
  // errno of what the system refused: opening it, or the last read; 0: nothing. A disk that cannot be read says nothing
  // of what lies on it.
  [[nodiscard]] int failure() const noexcept { return code_; }
  // All of it; false: the file ends before that, or failure().
  [[nodiscard]] bool read(std::uint64_t at, void* out, std::size_t bytes) const {
    ssize_t got = 0;
    while ((got = ::pread(fd_, out, bytes, static_cast<off_t>(at))) < 0 && errno == EINTR) {
    }
    if (got < 0) code_ = errno;
    return got == static_cast<ssize_t>(bytes);
  }
  template <class T>
  [[nodiscard]] bool read(std::uint64_t at, T& out) const {
    return read(at, &out, sizeof out);
  }

 private:
  int fd_;
  mutable int code_;
};

}  // namespace troupe::store::layout
