// A program that a test runs as its user would: its output through one pipe, signals, how it ended. It dies with the
// thread that started it. Not for concurrent use.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace troupe::testing {

class ChildProcess {
 public:
  // argv[0] is the program's path. Throws std::system_error.
  explicit ChildProcess(std::vector<std::string> argv) {
    std::vector<char*> raw;
    for (auto& argument : argv) raw.push_back(argument.data());
    raw.push_back(nullptr);
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
    const pid_t parent = ::getpid();
    pid_ = ::fork();
    if (pid_ == 0) become(raw.data(), ends[1], parent);
    const int code = errno;
    ::close(ends[1]);
    output_ = ends[0];
    if (pid_ < 0) {
      ::close(output_);
      throw std::system_error(code, std::generic_category(), "fork");
    }
    ::fcntl(output_, F_SETFL, O_NONBLOCK);
  }
  // Kills it if it still runs, and waits for it.
  ~ChildProcess() {
    if (!ended()) {
      send_signal(SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
    ::close(output_);
  }
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  void send_signal(int signal) noexcept {
    if (!status_) ::kill(pid_, signal);
  }
  // The exit code; -1: a signal ended it. Nothing while it runs.
  [[nodiscard]] std::optional<int> ended() {
    int raw = 0;
    if (!status_ && ::waitpid(pid_, &raw, WNOHANG) == pid_) status_ = WIFEXITED(raw) ? WEXITSTATUS(raw) : -1;
    return status_;
  }

  // What it has printed so far.
  [[nodiscard]] const std::string& said() const noexcept { return said_; }
  // Reads what there is, waiting up to `wait`; false at the end of the output.
  bool read_some(std::chrono::milliseconds wait) {
    pollfd fd{output_, POLLIN, 0};
    if (::poll(&fd, 1, static_cast<int>(wait.count())) <= 0) return true;
    char bytes[4096];
    const auto n = ::read(output_, bytes, sizeof bytes);
    if (n > 0) said_.append(bytes, static_cast<std::size_t>(n));
    return n > 0;
  }
  // Until it has printed `text`, `times` times in all; false: not within `limit`, or its output ended before.
  bool says(const std::string& text, std::chrono::seconds limit, int times = 1) {
    const auto end = std::chrono::steady_clock::now() + limit;
    for (bool more = true;;) {
      std::size_t at = 0;
      int found = 0;
      for (; (at = said_.find(text, at)) != std::string::npos; at += text.size()) ++found;
      if (found >= times) return true;
      if (!more || std::chrono::steady_clock::now() >= end) return false;
      more = read_some(std::chrono::milliseconds(100));
    }
  }
  // The same of either of two texts.
  bool says_either(const std::string& one, const std::string& other, std::chrono::seconds limit) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (said_.find(one) == std::string::npos && said_.find(other) == std::string::npos)
      if (std::chrono::steady_clock::now() >= end || !read_some(std::chrono::milliseconds(100))) return false;
    return true;
  }
  // Until its output has ended and it has: its exit code; -1 for a signal, and when it does not end within `limit`.
  int finish(std::chrono::seconds limit) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (std::chrono::steady_clock::now() < end && read_some(std::chrono::milliseconds(100))) {
    }
    while (std::chrono::steady_clock::now() < end && !ended()) ::poll(nullptr, 0, 10);
    return ended().value_or(-1);
  }

 private:
  [[noreturn]] static void become(char* const* argv, int output, pid_t parent) {
    ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() != parent) ::_exit(127);
    const int null = ::open("/dev/null", O_RDONLY);
    ::dup2(null, STDIN_FILENO);
    ::dup2(output, STDOUT_FILENO);
    ::dup2(output, STDERR_FILENO);
    ::execv(argv[0], argv);
    ::_exit(127);
  }

  pid_t pid_ = -1;
  int output_ = -1;
  std::optional<int> status_;
  std::string said_;
};

}  // namespace troupe::testing
