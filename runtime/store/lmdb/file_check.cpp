// The meta page with the later transaction counts. What the pages look like is in data_file_layout.h.
#include "store/lmdb/file_check.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <string>

#include "base/private_files.h"
#include "store/lmdb/data_file_layout.h"
#include "store/lmdb/lmdb_error.h"
#include "store/lmdb/tree_check.h"

namespace troupe::store {
namespace {

using namespace layout;

// Why a meta page cannot be one; empty when it can.
std::string fault_of(const MetaPage& meta, std::uint64_t number) {
  if (meta.magic != kMagic || (meta.page.flags & kMeta) == 0) return "it is not an LMDB file";
  if (meta.page.number != number) return "its first pages are damaged";
  const std::uint32_t page = meta.free.pad;
  if (page < 512 || page > 65536 || (page & (page - 1)) != 0) return "its page size is damaged";
  if (meta.address != 0 || meta.free.flags != kFreeFlags || meta.main.flags != 0) return "its flags are damaged";
  if (meta.free.depth > kDeepest || meta.main.depth > kDeepest) return "its depth is damaged";
  if (meta.transaction > 1 && meta.transaction % 2 != number) return "its transaction number is damaged";
  if (meta.last_page < 1 || meta.last_page > (std::uint64_t{1} << 48) / page) return "its last page is damaged";
  for (const std::uint64_t root : {meta.free.root, meta.main.root})
    if (root != kEmpty && (root < 2 || root > meta.last_page)) return "a root lies outside it";
  return {};
}

std::string fault_of_root(const Reader& file, const Database& database, std::uint64_t page_bytes) {
  if (database.root == kEmpty) return database.depth == 0 ? std::string() : "an empty tree has a depth";
  PageHeader page;
  if (!file.read(database.root * page_bytes, page)) return "a root page is missing";
  const std::uint16_t expected = database.depth == 1 ? kLeaf : kBranch;
  if (page.number != database.root || page.flags != expected || page.lower < sizeof page || page.lower > page.upper ||
      page.upper > page_bytes)
    return "a root page is damaged";
  // In a tree of one page the root's slots, two bytes each, are its entries; another tree's page has others.
  if (database.depth == 1 && (page.lower - sizeof page) / 2 != database.entries) return "a root page is another's";
  return {};
}

}  // namespace

Result<std::optional<DataFile>> check_data_file(const std::filesystem::path& path, std::uint64_t pages) {
  const std::string tried = "cannot open the store's file " + path.string();
  const Reader file(path);
  const auto refuse = [&](const std::string& fault) {
    if (file.failure() != 0) return lmdb_error(tried, file.failure());
    return Error(ErrorKind::corrupt,
                 tried + ": " + fault + "; restore it from a copy, or choose another data directory");
  };

  if (file.fd() < 0) {
    if (file.failure() == ENOENT) return std::optional<DataFile>();
    return lmdb_error(tried, file.failure());
  }
  struct stat status {};
  if (::fstat(file.fd(), &status) != 0) return lmdb_error(tried, errno);
  const auto file_bytes = static_cast<std::uint64_t>(status.st_size);
  if (file_bytes == 0) return std::optional<DataFile>();

  std::array<MetaPage, 2> metas;
  if (!file.read(0, metas[0])) return refuse("it is not an LMDB file, or it was cut off");
  if (metas[0].magic == kMagic && metas[0].version != kVersion)
    return Error(ErrorKind::unimplemented, tried + ": it has LMDB data format " + std::to_string(metas[0].version) +
                                               "; this build reads format " + std::to_string(kVersion));
  if (const std::string fault = fault_of(metas[0], 0); !fault.empty()) return refuse(fault);
  const std::uint64_t page_bytes = metas[0].free.pad;
  if (!file.read(page_bytes, metas[1])) return refuse("it was cut off");
  if (const std::string fault = fault_of(metas[1], 1); !fault.empty()) return refuse(fault);
  if (metas[1].free.pad != page_bytes || metas[1].version != kVersion) return refuse("its first pages disagree");

  // Each transaction writes the page that the one before did not.
  const std::uint64_t apart = metas[0].transaction > metas[1].transaction ? metas[0].transaction - metas[1].transaction
                                                                          : metas[1].transaction - metas[0].transaction;
  if (apart > 1) return refuse("its first pages disagree");

  const bool second = metas[1].transaction > metas[0].transaction;
  const MetaPage& newest = metas[second ? 1 : 0];
  if (newest.last_page < metas[second ? 0 : 1].last_page) return refuse("its first pages disagree");
  const std::uint64_t used = (newest.last_page + 1) * page_bytes;
  if (used > file_bytes)
    return refuse("it was cut off: " + std::to_string(file_bytes) + " bytes are there of at least " +
                  std::to_string(used));
  for (const Database* database : {&newest.free, &newest.main})
    if (const std::string fault = fault_of_root(file, *database, page_bytes); !fault.empty()) return refuse(fault);
  if (pages > 0) {
    auto checked = check_trees(file, {.free = newest.free,
                                      .main = newest.main,
                                      .last_page = newest.last_page,
                                      .page_bytes = page_bytes,
                                      .most_pages = pages});
    if (!checked.empty()) return refuse(checked);
  }
  return std::optional<DataFile>({.file_bytes = file_bytes, .used_bytes = used, .map_bytes = newest.map_bytes});
}

int allocate_readers_file(const std::filesystem::path& path, std::uint64_t bytes) noexcept {
  const int fd = open_regular(path, O_RDWR | O_CREAT);
  if (fd < 0) return errno;
  const int code = ::posix_fallocate(fd, 0, static_cast<off_t>(bytes));
  ::close(fd);
  return code;
}

}  // namespace troupe::store
