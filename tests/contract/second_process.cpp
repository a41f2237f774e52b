#include "contract/second_process.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <stdexcept>
#include <utility>

#include "support/spawn_self.h"

namespace troupe::testing {
SecondProcess::SecondProcess(const std::vector<std::string>& arguments) {
  std::vector<std::string> words = {"second-process"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  const testing::SpawnedSelf self = testing::spawn_self(std::move(words));
  pid_ = self.pid;
  to_ = self.to;
  from_ = self.from;
  const std::string line = read_line(std::chrono::seconds(30));
  if (line == "ready") return;
  kill();
  throw std::runtime_error("the second process is not ready: " + line);
}

SecondProcess::~SecondProcess() { kill(); }

void SecondProcess::kill() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  (void)reap();
}

int SecondProcess::finish() {
  if (pid_ < 0) return 0;
  ::close(to_);
  to_ = -1;
  return reap();
}

int SecondProcess::reap() {
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  if (to_ >= 0) ::close(to_);
  ::close(from_);
  to_ = from_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::string SecondProcess::read_line(std::chrono::milliseconds timeout) {
  std::string line;
  for (;;) {
    pollfd waiting{from_, POLLIN, 0};
    const int ready = ::poll(&waiting, 1, static_cast<int>(timeout.count()));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return "it said nothing in time";
    char c = 0;
    const ssize_t count = ::read(from_, &c, 1);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return line.empty() ? "it ended without a word" : line;
    if (c == '\n') return line;
    line += c;
  }
}

void say(const std::string& line) {
  std::fputs((line + "\n").c_str(), stdout);
  std::fflush(stdout);
}

void say_ready_and_wait() {
  say("ready");
  std::array<char, 256> bytes;
  while (::read(STDIN_FILENO, bytes.data(), bytes.size()) > 0) {
  }
}

}  // namespace troupe::testing
