#include "processes/process_log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "base/limits.h"
#include "base/private_files.h"

namespace troupe::processes {

ProcessLog::ProcessLog(std::filesystem::path file) : file_(std::move(file)) { open(); }

ProcessLog::~ProcessLog() { ::close(fd_); }

void ProcessLog::open() {
  fd_ = open_regular(file_, O_WRONLY | O_CREAT | O_APPEND);
  if (fd_ < 0) {
    const int code = errno;
    throw std::system_error(code, std::generic_category(),
                            "cannot write " + file_.string() + (code == kNotRegular ? ", which is no file" : ""));
  }
  (void)close_to_others(file_);  // of an earlier version; one that is another's is written all the same
  struct stat about {};
  bytes_ = ::fstat(fd_, &about) == 0 ? static_cast<std::size_t>(about.st_size) : 0;
}

void ProcessLog::take(std::string_view bytes, const OnLine& on_line) {
  partial_.append(bytes);
  std::size_t from = 0;
  for (;;) {
    const auto end = partial_.find('\n', from);
    const bool whole = end != std::string::npos && end - from <= limits::kMaxProcessLineBytes;
    if (!whole && partial_.size() - from <= limits::kMaxProcessLineBytes) break;
    const std::string line = partial_.substr(from, whole ? end - from : limits::kMaxProcessLineBytes);
    from += line.size() + (whole ? 1 : 0);
    write(line);
    on_line(line);
  }
  partial_.erase(0, from);
}

void ProcessLog::finish(const OnLine& on_line) {
  if (partial_.empty()) return;
  const std::string line = std::exchange(partial_, {});
  write(line);
  on_line(line);
}

void ProcessLog::note(const std::string& line) { write("[troupe] " + line); }

// Unbuffered, so that what a program said last is on disk when one comes to look. A full disk costs the log, and
// nothing else.
void ProcessLog::write(const std::string& line) {
  const std::string text = line + "\n";
  const std::uint64_t most = std::min<std::uint64_t>(limits::kMaxProcessLogBytes, max_file_bytes());
  if (bytes_ > 0 && bytes_ + text.size() > most) {
    std::error_code ignored;
    std::filesystem::rename(file_, file_.string() + ".1", ignored);
    ::close(fd_);
    try {
      open();
    } catch (const std::system_error&) {
      fd_ = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
      bytes_ = 0;
    }
  }
  if (bytes_ + text.size() > max_file_bytes()) return;
  const auto written = ::write(fd_, text.data(), text.size());
  if (written > 0) bytes_ += static_cast<std::size_t>(written);
}

}  // namespace troupe::processes
