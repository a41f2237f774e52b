// flock(2) is let go by the kernel however the process ends, so a lock never outlives its holder.
#include "store/store_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <optional>

#include "base/private_files.h"
#include "store/format/file_names.h"
#include "store/lmdb/lmdb_error.h"

namespace troupe::store {
namespace {

// A file that is replaced while it is being locked: somebody deletes the directory at this moment.
constexpr int kLockTries = 3;

// "4711 (node shop-1)", as a holder writes it.
std::string written_in(int fd) {
  std::array<char, 200> text{};
  const ssize_t length = ::pread(fd, text.data(), text.size(), 0);
  std::string who(text.data(), length > 0 ? static_cast<std::size_t>(length) : 0);
  who.erase(std::min(who.find('\n'), who.size()));
  return who;
}

// Who has the flock, by the kernel's own list: "1: FLOCK  ADVISORY  WRITE 4711 08:01:12345 0 EOF". Nothing where that
// does not show it: a process of another container.
std::optional<pid_t> holder_of(int fd) {
  struct stat file {};
  if (::fstat(fd, &file) != 0) return std::nullopt;
  std::ifstream locks("/proc/locks");
  for (std::string line; std::getline(locks, line);) {
    int process = 0;
    unsigned major = 0, minor = 0;
    unsigned long long inode = 0;
    if (std::sscanf(line.c_str(), "%*d: FLOCK %*s %*s %d %x:%x:%llu", &process, &major, &minor, &inode) != 4) continue;
    if (inode == file.st_ino && major == ::major(file.st_dev) && minor == ::minor(file.st_dev) && process > 0)
      return process;
  }
  return std::nullopt;
}

std::string program_of(pid_t process) {
  std::ifstream comm("/proc/" + std::to_string(process) + "/comm");
  std::string name;
  std::getline(comm, name);
  return name;
}

// What the file says is believed as far as the kernel says the same: whoever wrote it may be long gone.
std::string holder(int fd) {
  const std::string written = written_in(fd);
  const auto process = holder_of(fd);
  if (!process)
    return written.empty() ? "another process" : "another process (the last node to write there: " + written + ")";
  if (written.starts_with(std::to_string(*process) + " ")) return "process " + written;
  const std::string program = program_of(*process);
  return "process " + std::to_string(*process) + (program.empty() ? "" : " (" + program + ")");
}

bool is_of_this_process(std::string_view written) { return written.starts_with(std::to_string(::getpid()) + " "); }

bool leads_to(const std::filesystem::path& path, int fd) {
  struct stat opened {
  }, found{};
  return ::fstat(fd, &opened) == 0 && ::stat(path.c_str(), &found) == 0 && opened.st_ino == found.st_ino &&
         opened.st_dev == found.st_dev;
}

Error held(const std::filesystem::path& directory, int fd) {
  return {ErrorKind::unavailable, "the store at " + directory.string() + " is held by " + holder(fd) +
                                      "; stop it first, or choose another data directory"};
}

}  // namespace

Result<StoreLock> StoreLock::own(const std::filesystem::path& directory, const std::string& node) {
  const std::filesystem::path path = directory / kOwnerFile;
  for (int tries = 0; tries < kLockTries; ++tries) {
    const int fd = open_regular(path, O_RDWR | O_CREAT);
    if (fd < 0) return lmdb_error("cannot write to the data directory: " + path.string(), errno);
    StoreLock lock(fd);
    // Before it is asked for: who cannot open the file cannot hold it against its owner.
    (void)close_to_others(path);
    if (::flock(fd, LOCK_EX | LOCK_NB) != 0) return held(directory, fd);
    if (!leads_to(path, fd)) continue;
    // Who holds it is a courtesy: a full disk that keeps it from being written is no reason to refuse.
    const std::string who = std::to_string(::getpid()) + " (node " + node + ")\n";
    if (::ftruncate(fd, 0) == 0) (void)!::pwrite(fd, who.data(), who.size(), 0);
    return lock;
  }
  return Error(ErrorKind::unavailable, "the data directory " + directory.string() + " is being replaced; try again");
}

Result<StoreLock> StoreLock::read(const std::filesystem::path& directory) {
  const std::filesystem::path path = directory / kOwnerFile;
  const int fd = open_regular(path, O_RDONLY);
  if (fd < 0 && errno == ENOENT) return StoreLock();
  if (fd < 0) return lmdb_error("cannot read " + path.string(), errno);
  StoreLock lock(fd);
  if (::flock(fd, LOCK_SH | LOCK_NB) != 0) return held(directory, fd);
  return lock;
}

// Closing alone would leave an owner's lock to a child that was forked meanwhile; in such a child it does nothing.
StoreLock::~StoreLock() {
  if (fd_ < 0) return;
  if (is_of_this_process(written_in(fd_))) (void)::flock(fd_, LOCK_UN);
  ::close(fd_);
}

}  // namespace troupe::store
