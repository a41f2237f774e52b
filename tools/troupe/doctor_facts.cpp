#include "doctor_facts.h"

#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <iterator>
#include <limits>
#include <memory>
#include <sstream>
#include <vector>

namespace troupe::tool {
namespace {

namespace fs = std::filesystem;
using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kBlock = 4'096;
constexpr const char* kDefaultEtcdPort = "2379";

std::string content_of(const fs::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

// "unlimited" is the most there is.
std::uint64_t kernel_number(const std::string& word) {
  if (word == "unlimited" || word == "max") return std::numeric_limits<std::uint64_t>::max();
  return std::strtoull(word.c_str(), nullptr, 10);
}

// The soft limit of that name.
std::uint64_t limit_in(const std::string& limits, const std::string& name) {
  const auto at = limits.find(name);
  if (at == std::string::npos) return 0;
  std::istringstream rest(limits.substr(at + name.size()));
  std::string word;
  rest >> word;
  return kernel_number(word);
}

std::uint64_t count_in(const fs::path& directory) {
  std::error_code problem;
  std::uint64_t count = 0;
  for (auto one = fs::directory_iterator(directory, problem); !problem && one != fs::directory_iterator();
       one.increment(problem))
    ++count;
  return count;
}

// Of the process's control group and of those it lies in: the tightest.
void look_at_group(const fs::path& process, ProcessFacts& facts) {
  const std::string groups = content_of(process / "cgroup");
  const auto at = groups.find("0::");
  if (at == std::string::npos) return;
  const std::string path = groups.substr(at + 3, groups.find('\n', at) - at - 3);
  const fs::path top = "/sys/fs/cgroup";
  for (fs::path here = top / fs::path(path).relative_path();; here = here.parent_path()) {
    std::istringstream cpu(content_of(here / "cpu.max"));
    std::string quota;
    double period = 0;
    if (cpu >> quota >> period && quota != "max" && period > 0) {
      const double processors = std::strtod(quota.c_str(), nullptr) / period;
      facts.processors = facts.processors > 0 ? std::min(facts.processors, processors) : processors;
    }
    const std::string most = kernel_word(here / "memory.max");
    if (!most.empty() && most != "max" && (facts.memory.most == 0 || kernel_number(most) < facts.memory.most))
      facts.memory = {kernel_number(kernel_word(here / "memory.current")), kernel_number(most)};
    if (here == top || here == here.parent_path()) break;
  }
}

// How long ago it began, by the clock that also counts while the machine sleeps.
std::int64_t age_ms(const std::string& stat) {
  const auto name_end = stat.rfind(')');
  if (name_end == std::string::npos) return 0;
  std::istringstream rest(stat.substr(name_end + 1));
  std::string word;
  constexpr int kStartTime = 20;  // of what follows the name
  for (int i = 0; i < kStartTime; ++i) rest >> word;
  const double ticks = std::strtod(word.c_str(), nullptr);
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  const double started_ms = ticks * 1000.0 / static_cast<double>(::sysconf(_SC_CLK_TCK));
  return static_cast<std::int64_t>(static_cast<double>(now.tv_sec) * 1000.0 + static_cast<double>(now.tv_nsec) / 1e6 -
                                   started_ms);
}

struct OpenFile {
  explicit OpenFile(int fd_in) : fd(fd_in) {}
  ~OpenFile() {
    if (fd >= 0) ::close(fd);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  int fd;
};

std::string with_reason(const std::string& what) { return what + ": " + std::strerror(errno); }

}  // namespace

std::string kernel_word(const fs::path& file) {
  std::string text = content_of(file);
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text;
}

std::optional<ProcessFacts> process_facts(std::int64_t pid) {
  const fs::path process = fs::path("/proc") / std::to_string(pid);
  const std::string limits = content_of(process / "limits");
  std::error_code problem;
  const std::string program = fs::read_symlink(process / "exe", problem).string();
  if (limits.empty() || problem) return std::nullopt;
  ProcessFacts facts;
  facts.files = {count_in(process / "fd"), limit_in(limits, "Max open files")};
  const std::string maps = content_of(process / "maps");
  facts.maps = {static_cast<std::uint64_t>(std::count(maps.begin(), maps.end(), '\n')),
                kernel_number(kernel_word("/proc/sys/vm/max_map_count"))};
  facts.core_bytes = limit_in(limits, "Max core file size");
  const std::string pages = content_of(process / "statm");
  const auto resident = pages.find(' ');
  facts.memory.used = resident == std::string::npos ? 0
                                                    : kernel_number(pages.substr(resident + 1)) *
                                                          static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  look_at_group(process, facts);
  facts.age_ms = age_ms(content_of(process / "stat"));
  constexpr std::string_view kDeleted = " (deleted)";
  facts.replaced = program.ends_with(kDeleted);
  facts.program = facts.replaced ? program.substr(0, program.size() - kDeleted.size()) : program;
  return facts;
}

SyncTimes measure_syncs(const fs::path& directory, std::size_t count) {
  SyncTimes out;
  std::string name = (directory / ("doctor-" + std::string(6, 'X'))).string();
  const OpenFile file(::mkostemp(name.data(), O_CLOEXEC));
  if (file.fd < 0) {
    out.error = with_reason("no file can be made in " + directory.string());
    return out;
  }
  (void)::unlink(name.c_str());  // it is gone with its descriptor
  const std::array<char, kBlock> block{};
  std::vector<std::chrono::microseconds> times;
  for (std::size_t i = 0; i < count; ++i) {
    const auto begin = SteadyClock::now();
    const ssize_t written = ::pwrite(file.fd, block.data(), block.size(), static_cast<off_t>(i * kBlock));
    if (written != static_cast<ssize_t>(block.size()) || ::fdatasync(file.fd) != 0) {
      out.error = written >= 0 && written < static_cast<ssize_t>(block.size())
                      ? "a file in " + directory.string() + " cannot be written: the disk is full"
                      : with_reason("a file in " + directory.string() + " cannot be written and synced");
      return out;
    }
    times.push_back(std::chrono::duration_cast<std::chrono::microseconds>(SteadyClock::now() - begin));
  }
  if (times.empty()) return out;
  std::sort(times.begin(), times.end());
  out.count = times.size();
  out.median = times[times.size() / 2];
  out.p99 = times[std::min(times.size() - 1, times.size() * 99 / 100)];
  return out;
}

DiskSpace disk_space(const fs::path& directory) {
  struct statvfs about {};
  if (::statvfs(directory.c_str(), &about) != 0)
    return {.error = with_reason("the file system of " + directory.string() + " does not answer")};
  return {about.f_bavail * about.f_frsize, about.f_blocks * about.f_frsize, {}};
}

SecretFile secret_file(const fs::path& file) {
  struct stat about {};
  if (::stat(file.c_str(), &about) != 0) return {.error = with_reason("cannot be looked at")};
  if (::access(file.c_str(), R_OK) != 0) return {.error = with_reason("cannot be read")};
  return {about.st_mode & 07777U, static_cast<std::uint64_t>(about.st_size), {}};
}

Reached reach(const std::string& endpoint, std::chrono::milliseconds timeout) {
  std::string place = endpoint.substr(endpoint.find("://") == std::string::npos ? 0 : endpoint.find("://") + 3);
  place = place.substr(0, place.find('/'));
  const auto bracket = place.rfind(']');
  const auto colon = place.rfind(':');
  const bool has_port = colon != std::string::npos && (bracket == std::string::npos || colon > bracket);
  const std::string port = has_port ? place.substr(colon + 1) : kDefaultEtcdPort;
  std::string host = has_port ? place.substr(0, colon) : place;
  if (!host.empty() && host.front() == '[') host = host.substr(1, host.find(']') - 1);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int code = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &found); code != 0)
    return {.error = host + " is no address: " + ::gai_strerror(code)};
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> addresses(found, ::freeaddrinfo);
  Reached last{.error = "no address"};
  for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
    const auto begin = SteadyClock::now();
    const OpenFile connection(
        ::socket(one->ai_family, one->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, one->ai_protocol));
    if (connection.fd < 0) continue;
    int code = ::connect(connection.fd, one->ai_addr, one->ai_addrlen) == 0 ? 0 : errno;
    if (code == EINPROGRESS) {
      pollfd ready{.fd = connection.fd, .events = POLLOUT, .revents = 0};
      socklen_t length = sizeof code;
      if (::poll(&ready, 1, static_cast<int>(timeout.count())) <= 0) {
        code = ETIMEDOUT;
      } else {
        (void)::getsockopt(connection.fd, SOL_SOCKET, SO_ERROR, &code, &length);
      }
    }
    if (code == 0) return {std::chrono::duration_cast<std::chrono::microseconds>(SteadyClock::now() - begin), {}};
    last.error = std::strerror(code);
  }
  return last;
}

}  // namespace troupe::tool
