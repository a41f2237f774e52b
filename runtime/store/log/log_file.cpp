// Makes, reads and writes log files. fdatasync(2) after each write; its failure is final to the caller.
#include "store/log/log_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>

#include "base/private_files.h"
#include "store/format/checksum.h"
#include "store/lmdb/lmdb_error.h"

namespace troupe::store {
namespace {

constexpr std::uint64_t kLogMagic = 0x676f6c6570757254ULL;  // "Trupelog"
// No log is made larger, so no file is read into memory that claims to be.
constexpr std::uint64_t kLargestLog = std::uint64_t{4} << 30;

struct LogHeader {
  std::uint64_t magic;
  std::uint32_t format;
  std::uint32_t zero;
  std::uint64_t log_id;
  std::uint64_t file_bytes;
  std::uint64_t checksum;
};
static_assert(sizeof(LogHeader) == 40);

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

int fill(int fd, std::uint64_t log_id, std::size_t bytes, bool sync) {
  if (bytes > max_file_bytes()) return EFBIG;
  if (const int code = ::posix_fallocate(fd, 0, static_cast<off_t>(bytes)); code != 0) return code;
  std::vector<std::byte> block(std::min<std::size_t>(bytes, std::size_t{1} << 20));
  LogHeader header{
      .magic = kLogMagic, .format = kLogFormat, .zero = 0, .log_id = log_id, .file_bytes = bytes, .checksum = 0};
  header.checksum = checksum_of_header(header);
  std::memcpy(block.data(), &header, sizeof header);
  for (std::size_t at = 0; at < bytes; at += block.size()) {
    if (const int code = write_all(fd, at, std::span(block).first(std::min(block.size(), bytes - at))); code != 0)
      return code;
    std::memset(block.data(), 0, sizeof header);
    if (!sync) return 0;  // nobody syncs it, so nothing is gained by zeros
  }
  return ::fsync(fd) == 0 ? 0 : errno;
}

int make(const std::filesystem::path& path, std::uint64_t log_id, std::size_t bytes, bool sync) {
  const std::filesystem::path unfinished = path.string() + ".new";
  int code = 0;
  {
    const Descriptor fd(open_regular(unfinished, O_RDWR | O_CREAT | O_TRUNC));
    code = fd.get() < 0 ? errno : fill(fd.get(), log_id, bytes, sync);
  }
  if (code == 0 && ::rename(unfinished.c_str(), path.c_str()) != 0) code = errno;
  if (code == 0 && sync) code = sync_directory(path.parent_path());
  if (code != 0) ::unlink(unfinished.c_str());
  return code;
}

// Whether the file is there as it should be. Its content has been read and used by now.
bool serves(const std::filesystem::path& path, std::uint64_t log_id, std::size_t bytes) {
  const Descriptor fd(open_regular(path, O_RDONLY));
  LogHeader header;
  struct stat status {};
  return fd.get() >= 0 && ::fstat(fd.get(), &status) == 0 && static_cast<std::size_t>(status.st_size) == bytes &&
         ::pread(fd.get(), &header, sizeof header, 0) == static_cast<ssize_t>(sizeof header) &&
         header.magic == kLogMagic && header.log_id == log_id && header.file_bytes == bytes &&
         header.checksum == checksum_of_header(header);
}

}  // namespace

std::filesystem::path log_path(const std::filesystem::path& directory, std::size_t index) {
  return directory / ("commit." + std::to_string(index) + ".log");
}

Result<std::optional<LogContent>> read_log(const std::filesystem::path& path) {
  const std::string tried = "cannot read the commit log " + path.string();
  const auto refuse = [&](const std::string& fault) {
    return Error(ErrorKind::corrupt, tried + ": " + fault + "; restore the whole directory from a copy");
  };
  const Descriptor fd(open_regular(path, O_RDONLY));
  if (fd.get() < 0 && errno == ENOENT) return std::optional<LogContent>();
  if (fd.get() < 0) return lmdb_error(tried, errno);
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return lmdb_error(tried, errno);

  LogHeader header;
  const ssize_t length = ::pread(fd.get(), &header, sizeof header, 0);
  if (length < 0) return lmdb_error(tried, errno);
  if (length != static_cast<ssize_t>(sizeof header) || header.magic != kLogMagic)
    return refuse("it is not a commit log");
  if (header.checksum != checksum_of_header(header)) return refuse("its header is damaged");
  if (header.format != kLogFormat)
    return Error(ErrorKind::unimplemented, tried + ": it has format " + std::to_string(header.format) +
                                               "; this build reads format " + std::to_string(kLogFormat));
  if (header.file_bytes < kLogHeaderBytes || header.file_bytes > kLargestLog) return refuse("its header is damaged");
  if (static_cast<std::uint64_t>(status.st_size) < header.file_bytes)
    return refuse("it was cut off: " + std::to_string(status.st_size) + " bytes are there of " +
                  std::to_string(header.file_bytes));

  LogContent content{.log_id = header.log_id, .bytes = std::vector<std::byte>(header.file_bytes)};
  for (std::size_t at = 0; at < content.bytes.size();) {
    const ssize_t got = ::pread(fd.get(), content.bytes.data() + at, content.bytes.size() - at, static_cast<off_t>(at));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return lmdb_error(tried, got < 0 ? errno : EIO);
    at += static_cast<std::size_t>(got);
  }
  return std::optional(std::move(content));
}

int wipe_log(const std::filesystem::path& path) {
  const Descriptor fd(open_regular(path, O_WRONLY));
  if (fd.get() < 0) return errno == ENOENT ? 0 : errno;
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return errno;
  const auto bytes = static_cast<std::size_t>(status.st_size);
  const std::vector<std::byte> zeros(std::size_t{1} << 20);
  for (std::size_t at = kLogHeaderBytes; at < bytes; at += zeros.size())
    if (const int code = write_all(fd.get(), at, std::span(zeros).first(std::min(zeros.size(), bytes - at))); code != 0)
      return code;
  return ::fsync(fd.get()) == 0 ? 0 : errno;
}

Result<LogFile> LogFile::open(const std::filesystem::path& path, std::uint64_t log_id, std::size_t bytes, bool sync) {
  const std::string tried = "cannot make the commit log " + path.string();
  if (!serves(path, log_id, bytes))
    if (const int code = make(path, log_id, bytes, sync); code != 0) return lmdb_error(tried, code);
  const int fd = open_regular(path, O_WRONLY);
  if (fd < 0) return lmdb_error(tried, errno);
  return LogFile(fd);
}

LogFile::~LogFile() {
  if (fd_ >= 0) ::close(fd_);
}

int LogFile::write(std::size_t at, std::span<const std::byte> bytes, bool sync) const noexcept {
  if (faults_)
    if (const int code = faults_->before(DiskWrite::log); code != 0) return code;
  if (const int code = write_all(fd_, at, bytes); code != 0) return code;
  if (faults_)
    if (const int code = faults_->before(DiskWrite::log_sync); code != 0) return code;
  return !sync || ::fdatasync(fd_) == 0 ? 0 : errno;
}

}  // namespace troupe::store
