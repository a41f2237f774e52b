#include "base/private_files.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>

namespace troupe {
namespace {

constexpr mode_t kFileMode = 0600;
constexpr mode_t kDirectoryMode = 0700;
constexpr mode_t kOthers = 077;

std::error_code system_error(int code) { return {code, std::system_category()}; }

// Where a directory above is a link, ".." leads from where that points to.
std::filesystem::path without_dots(const std::filesystem::path& path) {
  const bool goes_up = std::find(path.begin(), path.end(), "..") != path.end();
  return goes_up ? path : path.lexically_normal();
}

}  // namespace

int open_regular(const std::filesystem::path& path, int flags) noexcept {
  const int fd = ::open(path.c_str(), flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, kFileMode);
  if (fd < 0) {
    if (errno == EISDIR || errno == ENXIO) errno = kNotRegular;
    return -1;
  }
  struct stat status {};
  const int code = ::fstat(fd, &status) != 0 ? errno : S_ISREG(status.st_mode) ? 0 : kNotRegular;
  if (code == 0) return fd;
  ::close(fd);
  errno = code;
  return -1;
}

Result<std::string> read_secret(const std::filesystem::path& path, const std::string& what, std::size_t most) {
  const std::string tried = "cannot take " + what + " from " + path.string() + ": ";
  const auto refuse = [&](const std::string& why) { return Error(ErrorKind::invalid, tried + why); };
  const int fd = open_regular(path, O_RDONLY);
  if (fd < 0) return refuse(errno == kNotRegular ? "it is not a regular file" : std::strerror(errno));
  struct stat status {};
  std::string content(most + 1, '\0');
  const bool known = ::fstat(fd, &status) == 0;
  const ssize_t length = known ? ::read(fd, content.data(), content.size()) : -1;
  const int code = errno;
  ::close(fd);
  if (length < 0) return Error(ErrorKind::unavailable, tried + std::strerror(code));
  const bool open_to_others = (status.st_mode & kOthers) != 0;
  const bool too_long = static_cast<std::size_t>(length) > most;
  if (open_to_others || too_long) ::explicit_bzero(content.data(), content.size());
  if (open_to_others)
    return refuse(
        "others than its owner may use it; chmod 600 it, and think of what it holds as known if it lay about");
  if (too_long) return refuse("it has more than " + std::to_string(most) + " bytes");
  content.resize(static_cast<std::size_t>(length));
  return content;
}

int write_all(int fd, std::uint64_t at, std::span<const std::byte> bytes) noexcept {
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(at));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    at += static_cast<std::size_t>(written);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return 0;
}

std::error_code make_private_directories(const std::filesystem::path& directory) {
  std::error_code failure;
  if (directory.empty() || std::filesystem::is_directory(directory, failure)) return {};
  const std::filesystem::path above = directory.parent_path();
  if (above != directory)
    if (const auto made = make_private_directories(above)) return made;
  if (::mkdir(directory.c_str(), kDirectoryMode) == 0) return {};
  const int code = errno == EEXIST ? ENOTDIR : errno;  // something else lies there
  // Somebody else made it meanwhile, or the path ends with a slash.
  return std::filesystem::is_directory(directory, failure) ? std::error_code() : system_error(code);
}

std::error_code close_to_others(const std::filesystem::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return errno == ENOENT ? std::error_code() : system_error(errno);
  if ((status.st_mode & kOthers) == 0) return {};
  return ::chmod(path.c_str(), status.st_mode & ~kOthers & 07777) == 0 ? std::error_code() : system_error(errno);
}

std::filesystem::path fixed(const std::filesystem::path& path) {
  if (path.empty() || path.is_absolute()) return path;
  std::error_code gone;  // the process's directory is
  const auto absolute = std::filesystem::absolute(path, gone);
  return gone ? path : without_dots(absolute);
}

int sync_directory(const std::filesystem::path& directory) noexcept {
  const int fd = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return errno;
  const int code = ::fsync(fd) == 0 ? 0 : errno;
  ::close(fd);
  return code;
}

std::uint64_t max_file_bytes() noexcept {
  rlimit limit{};
  if (::getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
    return std::numeric_limits<std::uint64_t>::max();
  return limit.rlim_cur;
}

}  // namespace troupe
