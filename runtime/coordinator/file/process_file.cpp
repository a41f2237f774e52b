#include "coordinator/file/process_file.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <ctime>

#include "base/private_files.h"
#include "store/lmdb/lmdb_error.h"

namespace troupe::coordinator::file {
namespace {

constexpr std::size_t kWordBytes = 4096;
constexpr off_t kWriter = 0;

struct flock byte_lock(off_t byte, short type) noexcept {
  struct flock lock {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_start = byte;
  lock.l_len = 1;
  return lock;
}

}  // namespace

Result<std::unique_ptr<ProcessFile>> ProcessFile::open(const std::filesystem::path& path) {
  const std::string tried = "cannot use " + path.string();
  const int fd = open_regular(path, O_RDWR | O_CREAT);
  if (fd < 0) return store::lmdb_error(tried, errno);
  std::unique_ptr<ProcessFile> file(new ProcessFile(fd));
  // A page that the disk has no room for would end the process with SIGBUS.
  if (const int code = ::posix_fallocate(fd, 0, kWordBytes); code != 0) return store::lmdb_error(tried, code);
  void* const page = ::mmap(nullptr, kWordBytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (page == MAP_FAILED) return store::lmdb_error(tried, errno);
  file->word_ = static_cast<std::uint32_t*>(page);
  return file;
}

ProcessFile::~ProcessFile() {
  if (word_ != nullptr) ::munmap(word_, kWordBytes);
  ::close(fd_);
}

int ProcessFile::set(off_t byte, short type) const noexcept {
  struct flock lock = byte_lock(byte, type);
  return ::fcntl(fd_, F_SETLK, &lock) == 0 ? 0 : errno;
}

bool ProcessFile::try_write() noexcept { return set(kWriter, F_WRLCK) == 0; }

void ProcessFile::end_write() noexcept { (void)set(kWriter, F_UNLCK); }

int ProcessFile::keep(SessionId session) {
  const std::lock_guard lock(mutex_);
  const int code = set(static_cast<off_t>(session), F_WRLCK);
  if (code == 0) kept_.insert(session);
  return code;
}

void ProcessFile::let_go(SessionId session) noexcept {
  const std::lock_guard lock(mutex_);
  if (kept_.erase(session) != 0) (void)set(static_cast<off_t>(session), F_UNLCK);
}

bool ProcessFile::lives(SessionId session) const noexcept {
  {
    const std::lock_guard lock(mutex_);
    if (kept_.contains(session)) return true;
  }
  struct flock lock = byte_lock(static_cast<off_t>(session), F_WRLCK);
  return ::fcntl(fd_, F_GETLK, &lock) != 0 || lock.l_type != F_UNLCK;
}

std::uint32_t ProcessFile::news() const noexcept { return std::atomic_ref(*word_).load(std::memory_order_acquire); }

void ProcessFile::tell() noexcept {
  std::atomic_ref(*word_).fetch_add(1, std::memory_order_release);
  (void)::syscall(SYS_futex, word_, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

void ProcessFile::await(std::uint32_t seen, std::chrono::microseconds longest) const noexcept {
  if (longest.count() <= 0) return;
  timespec time{};
  time.tv_sec = static_cast<time_t>(longest.count() / 1'000'000);
  time.tv_nsec = static_cast<long>(longest.count() % 1'000'000 * 1'000);
  (void)::syscall(SYS_futex, word_, FUTEX_WAIT, seen, &time, nullptr, 0);
}

}  // namespace troupe::coordinator::file
