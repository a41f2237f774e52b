#include "processes/child_process.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>
#include <vector>

#include "processes/program_file.h"
#include "troupe/processes.h"

namespace troupe::processes {
namespace {

constexpr int kCannotRun = 127;  // as shells do

[[noreturn]] void fail(int code, const std::string& what) {
  throw std::system_error(code, std::generic_category(), what);
}

// What the child needs, made before the fork: after it a program with threads may do only what POSIX calls
// async-signal-safe.
struct Prepared {
  std::string program, directory;
  std::vector<std::string> words, settings;
  std::vector<char*> argv{}, envp{};
};

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (auto& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

[[noreturn]] void give_up(int trouble) {
  const int code = errno;
  [[maybe_unused]] const auto written = ::write(trouble, &code, sizeof code);
  ::_exit(kCannotRun);
}

// Of what this process has open a program inherits nothing but the three it is given: a socket that a library opened
// would else go on listening in programs that know nothing of it.
void keep_to_itself() {
  constexpr int kFirst = STDERR_FILENO + 1;
  if (::syscall(SYS_close_range, kFirst, ~0U, CLOSE_RANGE_CLOEXEC) == 0) return;
  rlimit open_files{};
  if (::getrlimit(RLIMIT_NOFILE, &open_files) != 0) return;
  for (int fd = kFirst; static_cast<rlim_t>(fd) < open_files.rlim_cur; ++fd) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
}

[[noreturn]] void become(const Prepared& prepared, int output, int trouble, pid_t parent) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(kCannotRun);
  ::signal(SIGPIPE, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  const int null = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (::dup2(null, STDIN_FILENO) < 0 || ::dup2(output, STDOUT_FILENO) < 0 || ::dup2(output, STDERR_FILENO) < 0)
    give_up(trouble);
  keep_to_itself();
  if (!prepared.directory.empty() && ::chdir(prepared.directory.c_str()) != 0) give_up(trouble);
  ::execve(prepared.program.c_str(), prepared.argv.data(), prepared.envp.data());
  give_up(trouble);
}

Prepared prepare(const ProcessStart& start, const std::map<std::string, std::string>& added) {
  const auto environment = environment_of(start, added);
  Prepared prepared{program_of(start.command.front(), environment), start.directory.string(), start.command, {}};
  for (const auto& [name, value] : environment) prepared.settings.push_back(name + "=" + value);
  prepared.argv = pointers_to(prepared.words);
  prepared.envp = pointers_to(prepared.settings);
  return prepared;
}

struct Pipe {
  Pipe() {
    if (::pipe2(ends, O_CLOEXEC) != 0) fail(errno, "cannot make a pipe");
  }
  ~Pipe() {
    for (const int end : ends)
      if (end >= 0) ::close(end);
  }
  int take(int index) { return std::exchange(ends[index], -1); }
  void close(int index) { ::close(take(index)); }
  int ends[2];
};

// The errno that kept the program from running; 0 when it runs. The pipe closes with exec.
int trouble_from(int pipe) {
  int code = 0;
  ssize_t n = 0;
  while ((n = ::read(pipe, &code, sizeof code)) < 0 && errno == EINTR) {
  }
  return n == sizeof code ? code : 0;
}

}  // namespace

std::string ExitStatus::text() const {
  if (signal != 0) {
    const char* name = ::sigabbrev_np(signal);
    return "signal " + (name ? "SIG" + std::string(name) : std::to_string(signal));
  }
  if (code < 0) return "an exit code that another part of this process took";
  const std::string text = "exit code " + std::to_string(code);
  return code == kUnhealthyExitCode ? "unhealthy (" + text + ")" : text;
}

ChildProcess::ChildProcess(const ProcessStart& start, const std::map<std::string, std::string>& environment) {
  const Prepared prepared = prepare(start, environment);
  Pipe output, trouble;
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ < 0) fail(errno, "cannot fork for " + start.command.front());
  if (pid_ == 0) become(prepared, output.ends[1], trouble.ends[1], parent);
  output.close(1), trouble.close(1);
  if (const int code = trouble_from(trouble.ends[0]); code != 0) {
    ::waitpid(pid_, nullptr, 0);
    fail(code, "cannot run " + start.command.front() +
                   (prepared.directory.empty() ? "" : " in directory " + prepared.directory));
  }
  output_ = output.take(0);
  ::fcntl(output_, F_SETFL, O_NONBLOCK);
  ending_ = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
}

ChildProcess::~ChildProcess() {
  if (!status_) {
    kill();
    siginfo_t info{};
    while (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT) != 0 && errno == EINTR) {
    }
    take_end();
  }
  for (const int fd : {output_, ending_})
    if (fd >= 0) ::close(fd);
}

void ChildProcess::read_output(const std::function<void(std::string_view)>& take) {
  char bytes[8192];
  for (int part = 0; part < 64 && output_ >= 0; ++part) {
    const auto n = ::read(output_, bytes, sizeof bytes);
    if (n > 0) {
      take({bytes, static_cast<std::size_t>(n)});
      continue;
    }
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    ::close(std::exchange(output_, -1));
  }
}

void ChildProcess::terminate() noexcept {
  if (!status_) ::kill(pid_, SIGTERM);
}

void ChildProcess::kill() noexcept {
  if (!status_) ::kill(-pid_, SIGKILL);
}

std::optional<ExitStatus> ChildProcess::ended() noexcept {
  if (status_) return status_;
  siginfo_t info{};
  const int waited = ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT);
  if (waited != 0 ? errno == ECHILD : info.si_pid == pid_) take_end();
  return status_;
}

// Until it is reaped, nobody else can have its number, nor its group's.
void ChildProcess::take_end() noexcept {
  ::kill(-pid_, SIGKILL);
  int raw = 0;
  if (::waitpid(pid_, &raw, 0) != pid_)
    status_ = ExitStatus{-1, 0};
  else
    status_ = WIFSIGNALED(raw) ? ExitStatus{0, WTERMSIG(raw)} : ExitStatus{WEXITSTATUS(raw), 0};
}

}  // namespace troupe::processes
