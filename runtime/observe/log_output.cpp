#include "troupe/log_output.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <cstring>
#include <ctime>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/clock.h"
#include "base/log_fields.h"

namespace troupe {
namespace {

using Object = nlohmann::ordered_json;

// A pipe that nobody reads is an error, and nothing to wait for.
constexpr int kOpenLog = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK;
constexpr const char* kEcsVersion = "8.11.0";
constexpr std::size_t kLeastBacklog = 4'096;
constexpr std::size_t kMostBacklog = std::size_t{1} << 30;
// Whether its file was moved or removed is looked at so often.
constexpr std::chrono::seconds kLookAtFile{1};

// "2026-11-21T10:00:00.120Z"
std::string timestamp(std::uint64_t ms) {
  const std::time_t seconds = static_cast<std::time_t>(ms / 1000);
  std::tm parts{};
  if (::gmtime_r(&seconds, &parts) == nullptr) return "-";
  std::array<char, 40> text{};
  const std::size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  const std::string fraction = std::to_string(1000 + ms % 1000).substr(1);
  return std::string(text.data(), size) + "." + fraction + "Z";
}

// Where a field of ours has a name in the Elastic Common Schema; null: it is a label.
const char* ecs_name(std::string_view field) {
  if (field == "trace") return "trace.id";
  if (field == "span") return "span.id";
  if (field == "error") return "error.message";
  if (field == "kind") return "error.type";
  if (field == "node") return "service.node.name";
  return nullptr;
}

std::string as_json(const LogLine& line, const LogOutput& output, std::uint64_t at_ms) {
  Object out = {{"@timestamp", timestamp(at_ms)},
                {"log.level", to_string(line.level)},
                {"message", line.message},
                {"ecs.version", kEcsVersion},
                {"service.name", output.service}};
  if (!output.node.empty()) out["service.node.name"] = output.node;
  out["log.logger"] = line.room;
  out["process.pid"] = ::getpid();
  Object labels = Object::object();
  std::string_view service, key;
  for (const LogField& field : line.fields) {
    if (field.name == "service") service = field.value;
    if (field.name == "key") key = field.value;
    if (const char* name = ecs_name(field.name)) {
      out[name] = field.value;
    } else {
      labels[std::string(field.name)] = field.value;
    }
  }
  if (!service.empty() && !key.empty()) labels["actor"] = std::string(service) + "/" + std::string(key);
  if (!labels.empty()) out["labels"] = std::move(labels);
  return out.dump(-1, ' ', false, Object::error_handler_t::replace) + "\n";
}

// One line of it: control characters as \x1b, a line break too.
void add_printable(std::string& out, std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= ' ' && byte != 0x7f) {
      out += c;
    } else {
      out += "\\x";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
}

std::string as_text(const LogLine& line, std::uint64_t at_ms) {
  std::string out = timestamp(at_ms) + " " + std::string(to_string(line.level));
  out.append(line.level == LogLevel::info || line.level == LogLevel::warn ? 2 : 1, ' ');
  add_printable(out, line.room);
  out += ": ";
  add_printable(out, line.message);
  std::string more;
  for (const LogField& field : line.fields) {
    if (field.name == "node" || line.message.find(field.value) != std::string_view::npos) continue;
    more += more.empty() ? " {" : ", ";
    add_printable(more, field.name);
    more += "=";
    add_printable(more, field.value);
  }
  return out + more + (more.empty() ? "\n" : "}\n");
}

// Text that waits for a file, and the thread that writes it. Whoever adds never waits for the file.
class Writer {
 public:
  Writer(int fd, std::filesystem::path file, LogOutput output)
      : fd_(fd), file_(std::move(file)), output_(std::move(output)) {}
  ~Writer() {
    if (!file_.empty() && fd_ >= 0) ::close(fd_);
  }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  void add(const LogLine& line) {
    std::string text = formatted(line, output_);
    const std::lock_guard lock(mutex_);
    if (waiting_.size() + text.size() > output_.backlog_bytes) {
      ++dropped_;
      return;
    }
    if (dropped_ + failed_ > 0) waiting_ += drop_line();
    waiting_ += text;
    more_.notify_one();
  }

  void run() {
    // Signals are for the program's own threads; a pipe that nobody reads is an error here, and no signal.
    sigset_t all{};
    ::sigfillset(&all);
    (void)::pthread_sigmask(SIG_BLOCK, &all, nullptr);
    std::unique_lock lock(mutex_);
    while (true) {
      more_.wait(lock, [&] { return closing_ || !waiting_.empty() || dropped_ > 0; });
      if (waiting_.empty() && dropped_ > 0) waiting_ += drop_line();
      if (waiting_.empty()) break;
      std::string text = std::exchange(waiting_, {});
      lock.unlock();
      open_if_moved();
      write_all(text);
      lock.lock();
    }
    ended_ = true;
    more_.notify_all();
  }

  // Whether all was written by then.
  [[nodiscard]] bool close(TimePoint until) {
    std::unique_lock lock(mutex_);
    closing_ = true;
    more_.notify_all();
    return more_.wait_until(lock, until, [&] { return ended_; });
  }

 private:
  std::string drop_line() {
    const std::string count = std::to_string(std::exchange(dropped_, 0) + std::exchange(failed_, 0));
    const LogFields fields{{"dropped", count}};
    return formatted(
        {LogLevel::warn, "log",
         count + " lines were dropped here: what they were to be written to did not take them in time", fields},
        output_);
  }

  void open_if_moved() {
    const auto now = std::chrono::steady_clock::now();
    if (file_.empty() || now < next_look_) return;
    next_look_ = later(now, kLookAtFile);
    struct stat mine {
    }, there{};
    const bool same = ::fstat(fd_, &mine) == 0 && ::stat(file_.c_str(), &there) == 0 && mine.st_ino == there.st_ino &&
                      mine.st_dev == there.st_dev;
    if (same) return;
    const int fd = ::open(file_.c_str(), kOpenLog, 0640);
    if (fd < 0) return;  // the old one is written on
    ::close(std::exchange(fd_, fd));
  }

  void write_all(std::string_view text) {
    while (!text.empty()) {
      const ssize_t written = ::write(fd_, text.data(), text.size());
      if (written > 0) {
        text.remove_prefix(static_cast<std::size_t>(written));
      } else if (written < 0 && errno == EAGAIN) {
        pollfd ready{.fd = fd_, .events = POLLOUT, .revents = 0};
        (void)::poll(&ready, 1, -1);
      } else if (written == 0 || errno != EINTR) {
        // A full disk, a reader that is gone. Saying it at once would fail alike: the next line says it.
        const std::lock_guard lock(mutex_);
        failed_ += static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
        return;
      }
    }
  }

  int fd_;
  const std::filesystem::path file_;
  const LogOutput output_;
  TimePoint next_look_{};
  std::mutex mutex_;
  std::condition_variable more_;
  std::string waiting_;
  std::uint64_t dropped_ = 0;
  std::uint64_t failed_ = 0;  // lines that a write took with it, not said yet
  bool closing_ = false;
  bool ended_ = false;
};

// What the copies of a sink share; the last one ends the thread.
class WriterThread {
 public:
  explicit WriterThread(std::shared_ptr<Writer> writer)
      : writer_(std::move(writer)), thread_([writer = writer_] { writer->run(); }) {}
  ~WriterThread() {
    if (writer_->close(later(std::chrono::steady_clock::now(), limits::kLogFlushTime))) {
      thread_.join();
    } else {
      thread_.detach();  // held by a file that takes nothing; it owns what it needs
    }
  }
  WriterThread(const WriterThread&) = delete;
  WriterThread& operator=(const WriterThread&) = delete;
  void add(const LogLine& line) { writer_->add(line); }

 private:
  const std::shared_ptr<Writer> writer_;
  std::thread thread_;
};

Result<LogSink> sink_of(int fd, const std::filesystem::path& file, const LogOutput& output) {
  auto thread = std::make_shared<WriterThread>(std::make_shared<Writer>(fd, file, output));
  return LogSink([thread = std::move(thread)](const LogLine& line) { thread->add(line); });
}

Result<void> check(const LogOutput& output) {
  if (output.backlog_bytes >= kLeastBacklog && output.backlog_bytes <= kMostBacklog) return {};
  return Error(ErrorKind::invalid,
               "a log's backlog is " + std::to_string(output.backlog_bytes) + " bytes; 4096 to 1073741824 are allowed");
}

}  // namespace

std::string formatted(const LogLine& line, const LogOutput& output) {
  const std::uint64_t at_ms = line.at_ms != 0 ? line.at_ms : system_clock().wall_ms();
  return output.format == LogFormat::json ? as_json(line, output, at_ms) : as_text(line, at_ms);
}

Result<LogSink> log_to_stderr(const LogOutput& output) {
  if (auto fits = check(output); !fits.ok()) return fits.error();
  return sink_of(STDERR_FILENO, {}, output);
}

Result<LogSink> log_to_file(const std::filesystem::path& file, const LogOutput& output) {
  if (auto fits = check(output); !fits.ok()) return fits.error();
  std::error_code problem;
  const auto path = std::filesystem::absolute(file, problem);
  const int fd = ::open(path.c_str(), kOpenLog, 0640);
  if (fd < 0)
    return Error(ErrorKind::unavailable, "the log cannot be written to " + path.string() + ": " + std::strerror(errno) +
                                             "; name a file in a directory that this user may write to");
  return sink_of(fd, path, output);
}

}  // namespace troupe
