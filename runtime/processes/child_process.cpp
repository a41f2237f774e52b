#include "processes/child_process.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <system_error>
#include <vector>

namespace troupe::processes {
namespace {

[[noreturn]] void fail(int code, const std::string& what) { throw std::system_error(code, std::generic_category(), what); }

// What the child needs, made before the fork: after it a program with threads may do only what POSIX calls
// async-signal-safe.
struct Start {
  std::vector<std::string> words, settings;
  std::vector<char*> argv, envp;
  const char* directory;
};

void point_at(std::vector<std::string>& texts, std::vector<char*>& pointers) {
  for (auto& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
}

[[noreturn]] void become(const Start& start, int output, int trouble, pid_t parent) {
  const auto give_up = [&] {
    const int code = errno;
    [[maybe_unused]] const auto written = ::write(trouble, &code, sizeof code);
    ::_exit(127);
  };
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(127);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  const int null = ::open("/dev/null", O_RDONLY);
  ::dup2(null, STDIN_FILENO);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  if (*start.directory != '\0' && ::chdir(start.directory) != 0) give_up();
  ::execvpe(start.argv[0], start.argv.data(), start.envp.data());
  give_up();
  ::_exit(127);
}

std::vector<std::string> environment_of(const ProcessStart& start, std::map<std::string, std::string> added) {
  for (const auto& [name, value] : start.environment) added[name] = value;
  std::vector<std::string> settings;
  for (char** at = environ; *at; ++at) {
    const std::string setting = *at;
    if (added.count(setting.substr(0, setting.find('='))) == 0) settings.push_back(setting);
  }
  for (const auto& [name, value] : added) settings.push_back(name + "=" + value);
  return settings;
}

}  // namespace

std::string ExitStatus::text() const {
  if (signal == 0) return "exit code " + std::to_string(code);
  return "signal " + std::to_string(signal) + " (" + ::strsignal(signal) + ")";
}

ChildProcess::ChildProcess(const ProcessStart& start, const std::map<std::string, std::string>& environment) {
  const std::string directory = start.directory.string();
  Start prepared{start.command, environment_of(start, environment), {}, {}, directory.c_str()};
  point_at(prepared.words, prepared.argv);
  point_at(prepared.settings, prepared.envp);
  int ends[2], troubles[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) fail(errno, "pipe");
  if (::pipe2(troubles, O_CLOEXEC) != 0) {
    const int code = errno;
    ::close(ends[0]), ::close(ends[1]);
    fail(code, "pipe");
  }
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  const int fork_code = errno;
  if (pid_ == 0) become(prepared, ends[1], troubles[1], parent);
  ::close(ends[1]), ::close(troubles[1]);
  output_ = ends[0];
  int code = pid_ < 0 ? fork_code : 0;
  // Ends when the program runs, for the pipe closes with exec, or when it cannot, which the child says.
  if (pid_ > 0) {
    ssize_t n = 0;
    while ((n = ::read(troubles[0], &code, sizeof code)) < 0 && errno == EINTR) {
    }
    if (n != sizeof code) code = 0;
  }
  ::close(troubles[0]);
  if (code != 0) {
    if (pid_ > 0) ::waitpid(pid_, nullptr, 0);
    ::close(output_);
    fail(code, "cannot run " + start.command.front() + (directory.empty() ? "" : " in " + directory));
  }
  ::fcntl(output_, F_SETFL, O_NONBLOCK);
}

ChildProcess::~ChildProcess() {
  if (!ended()) {
    send_signal(SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  ::close(output_);
}

void ChildProcess::send_signal(int signal) noexcept {
  if (!status_) ::kill(pid_, signal);
}

std::optional<ExitStatus> ChildProcess::ended() noexcept {
  int raw = 0;
  if (!status_ && ::waitpid(pid_, &raw, WNOHANG) == pid_)
    status_ = WIFSIGNALED(raw) ? ExitStatus{0, WTERMSIG(raw)} : ExitStatus{WEXITSTATUS(raw), 0};
  return status_;
}

}  // namespace troupe::processes
