// flock(2) is let go by the kernel however the process ends, so a lock never outlives its holder.
#include "store/store_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "store/lmdb_error.h"

namespace troupe::store {
namespace {

constexpr const char* kLockFile = "owner.lock";

// What the holder wrote: "4711 (node shop-1)".
std::string holder(int fd) {
  std::array<char, 200> text{};
  const ssize_t length = ::pread(fd, text.data(), text.size(), 0);
  std::string who(text.data(), length > 0 ? static_cast<std::size_t>(length) : 0);
  who.erase(std::min(who.find('\n'), who.size()));
  return who.empty() ? "another process" : "process " + who;
}

Error held(const std::filesystem::path& directory, int fd) {
  return {ErrorKind::unavailable, "the store at " + directory.string() + " is held by " + holder(fd) +
                                      "; stop it first, or choose another data directory"};
}

}  // namespace

Result<StoreLock> StoreLock::own(const std::filesystem::path& directory, const std::string& node) {
  const std::filesystem::path path = directory / kLockFile;
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) return lmdb_error("cannot write to the data directory: " + path.string(), errno);
  StoreLock lock(fd);
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) return held(directory, fd);
  // Who holds it is a courtesy: a full disk that keeps it from being written is no reason to refuse.
  const std::string who = std::to_string(::getpid()) + " (node " + node + ")\n";
  if (::ftruncate(fd, 0) == 0) (void)!::pwrite(fd, who.data(), who.size(), 0);
  return lock;
}

Result<StoreLock> StoreLock::read(const std::filesystem::path& directory) {
  const std::filesystem::path path = directory / kLockFile;
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0 && errno == ENOENT) return StoreLock();
  if (fd < 0) return lmdb_error("cannot read " + path.string(), errno);
  StoreLock lock(fd);
  if (::flock(fd, LOCK_SH | LOCK_NB) != 0) return held(directory, fd);
  return lock;
}

StoreLock::~StoreLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace troupe::store
