#include "own_process.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <stdexcept>
#include <utility>

#include "support/spawn_self.h"

namespace troupe::bench {
namespace {

using Clock = std::chrono::steady_clock;

}  // namespace

OwnProcess::OwnProcess(const std::vector<std::string>& arguments, bool apart) : apart_(apart) {
  std::vector<std::string> words = {"troupe-bench"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  const testing::SpawnedSelf self = testing::spawn_self(std::move(words));
  pid_ = self.pid;
  to_ = self.to;
  from_ = self.from;
  apart_.near();
}

OwnProcess::~OwnProcess() {
  ::close(to_);
  const auto until = Clock::now() + std::chrono::seconds(5);
  while (read_more(until)) unread_.clear();
  if (Clock::now() >= until) ::kill(pid_, SIGKILL);
  ::close(from_);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

std::string OwnProcess::read_line(std::chrono::milliseconds timeout) {
  const auto until = Clock::now() + timeout;
  for (;;) {
    const auto end = unread_.find('\n');
    if (end != std::string::npos) {
      std::string line = unread_.substr(0, end);
      unread_.erase(0, end + 1);
      return line;
    }
    if (!read_more(until)) {
      throw std::runtime_error(Clock::now() < until ? "the process ended before it answered"
                                                    : "the process did not answer in time");
    }
  }
}

bool OwnProcess::read_more(Clock::time_point until) {
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now()).count();
    pollfd waiting{from_, POLLIN, 0};
    const int ready = ::poll(&waiting, 1, static_cast<int>(std::max<decltype(left)>(left, 0)));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return false;
    std::array<char, 4096> bytes;
    const ssize_t count = ::read(from_, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    unread_.append(bytes.data(), static_cast<std::size_t>(count));
    return true;
  }
}

void wait_for_end_of_input() {
  std::array<char, 256> bytes;
  while (::read(STDIN_FILENO, bytes.data(), bytes.size()) > 0) {
  }
}

}  // namespace troupe::bench
