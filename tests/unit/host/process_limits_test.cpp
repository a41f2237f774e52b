// A process that is short of descriptors, threads or memory: start() says so, a node that runs can be stopped, and the
// process lives on. Each case is a process of its own, for limits are a process's.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <functional>
#include <memory>
#include <string>

#include "contract/cast.h"
#include "support/scratch_directory.h"
#include "troupe/node.h"

using namespace troupe;
using namespace troupe::contract;
using namespace std::chrono_literals;

namespace {

// How a process ends in which `body` is run: its exit code, or 128 and the signal.
int end_of(const std::function<int()>& body) {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    try {
      ::_exit(body());
    } catch (const std::exception& e) {
      std::fprintf(stderr, "in the child: %s\n", e.what());
      ::_exit(99);
    }
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void limit(decltype(RLIMIT_AS) what, rlim_t most) {
  const rlimit both{most, most};
  if (::setrlimit(what, &both) != 0) throw std::runtime_error("setrlimit");
}

int first_free_descriptor() {
  const int fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ::close(fd);
  return fd;
}

rlim_t address_space() {
  std::size_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  return pages * static_cast<rlim_t>(::sysconf(_SC_PAGESIZE));
}

constexpr int kStarted = 10, kRefused = 11;

// Starts a node, calls it if it starts, and stops it.
int start_one(const std::filesystem::path& data) {
  Node node({.name = "solo", .data_dir = data, .threads = 2});
  host_cast(node);
  try {
    node.start();
  } catch (const Error& e) {
    return e.message().empty() ? 1 : kRefused;
  }
  (void)node.ref<Account>("a").add([](auto p) { p.setAmount(1); }).get();
  (void)node.stop();
  return kStarted;
}

}  // namespace

TEST_CASE("a process with few descriptors left gets an error from start(), and lives on") {
  bool refused = false, started = false;
  for (int left = 0; left <= 48; left += left < 20 ? 1 : 7) {
    testing::ScratchDirectory directory;
    const int end = end_of([&] {
      limit(RLIMIT_NOFILE, static_cast<rlim_t>(first_free_descriptor() + left));
      return start_one(directory.path());
    });
    CAPTURE(left);
    CHECK((end == kStarted || end == kRefused));
    refused |= end == kRefused;
    started |= end == kStarted;
  }
  CHECK(refused);
  CHECK(started);
}

TEST_CASE("a process that gets no more threads or memory gets an error from start(), and lives on") {
  bool refused = false, started = false;
  for (const rlim_t mebibytes : {0, 4, 12, 24, 48, 80, 4096}) {
    testing::ScratchDirectory directory;
    const int end = end_of([&] {
      limit(RLIMIT_AS, address_space() + (mebibytes << 20));
      return start_one(directory.path());
    });
    CAPTURE(mebibytes);
    CHECK((end == kStarted || end == kRefused));
    refused |= end == kRefused;
    started |= end == kStarted;
  }
  CHECK(refused);
  CHECK(started);
}

TEST_CASE("a node stops although the process gets no more threads, by stop() and by its destructor") {
  for (const bool by_destructor : {false, true}) {
    testing::ScratchDirectory directory;
    const int end = end_of([&] {
      auto node = std::make_unique<Node>(NodeConfig{.name = "solo", .data_dir = directory.path(), .threads = 2});
      host_cast(*node);
      node->start();
      (void)node->ref<Account>("a").add([](auto p) { p.setAmount(1); }).get();
      limit(RLIMIT_AS, address_space() + (1 << 20));  // less than a thread's stack
      const bool complete = by_destructor || node->stop().complete;
      node.reset();
      return complete ? 0 : 1;
    });
    CAPTURE(by_destructor);
    CHECK(end == 0);
  }
}

TEST_CASE("what a host's log sink throws ends no thread of the node") {
  testing::ScratchDirectory directory;
  Node node({.name = "solo",
             .data_dir = directory.path(),
             .threads = 2,
             .watch = {.slow_turn = 1ms},
             .log = [](const LogLine&) { throw std::runtime_error("the log is full"); }});
  host_cast(node);
  node.start();

  (void)node.ref<Desk>("d").nap([](auto p) { p.setMilliseconds(50); }).get();
  CHECK(node.ref<Account>("a").add([](auto p) { p.setAmount(1); }).get()->getBalance() == 1);
}
