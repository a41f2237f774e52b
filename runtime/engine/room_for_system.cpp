#include "engine/room_for_system.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <future>
#include <memory>
#include <new>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "troupe/error.h"

namespace troupe::engine {
namespace {

// CAF's multiplexer takes three: an epoll and a pipe.
constexpr int kSpareDescriptors = 5;
// A clock and a multiplexer, and some to spare.
constexpr unsigned kMoreThreads = 4;
// What a system takes for itself, with room to spare.
constexpr std::size_t kMemory = std::size_t{16} << 20;

class Descriptors {
 public:
  Descriptors() = default;
  Descriptors(const Descriptors&) = delete;
  Descriptors& operator=(const Descriptors&) = delete;
  ~Descriptors() {
    for (const int fd : open_) ::close(fd);
  }
  int hold(int fd) {
    if (fd < 0) missing();
    open_.push_back(fd);
    return fd;
  }
  void hold_pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) missing();
    for (const int fd : ends) hold(fd);
  }
  void watch_by(int epoll) {
    epoll_event event{};
    event.events = EPOLLIN;
    if (::epoll_ctl(epoll, EPOLL_CTL_ADD, open_.back(), &event) != 0) missing();
  }

 private:
  [[noreturn]] static void missing() {
    throw Error(ErrorKind::unavailable, std::string("the process has too few file descriptors left to start a node (") +
                                            std::strerror(errno) + "); raise its limit (ulimit -n), or close some");
  }
  std::vector<int> open_;
};

void try_descriptors() {
  Descriptors held;
  const int epoll = held.hold(::epoll_create1(EPOLL_CLOEXEC));
  held.hold_pipe();
  held.watch_by(epoll);
  for (int i = 0; i < kSpareDescriptors; ++i) held.hold(::fcntl(epoll, F_DUPFD_CLOEXEC, 0));
}

void try_threads(unsigned count) {
  std::promise<void> all_are_there;
  const auto go = all_are_there.get_future().share();
  std::vector<std::thread> threads;
  threads.reserve(count);
  std::string trouble;
  try {
    for (unsigned i = 0; i < count; ++i) threads.emplace_back([&go] { go.wait(); });
  } catch (const std::system_error& e) {
    trouble = e.what();
  }
  all_are_there.set_value();
  for (auto& thread : threads) thread.join();
  if (trouble.empty()) return;
  throw Error(ErrorKind::unavailable,
              "a node needs " + std::to_string(count) + " threads to start, and the process gets no more than " +
                  std::to_string(threads.size()) + " (" + trouble +
                  "); raise its limits (ulimit -u and -v, the container's pids), or lower NodeConfig::threads");
}

void try_memory() {
  const std::unique_ptr<std::byte[]> tried(new (std::nothrow) std::byte[kMemory]);
  if (tried) return;
  throw Error(ErrorKind::unavailable, "a node needs " + std::to_string(kMemory >> 20) +
                                          " MiB of memory to start, and the process gets no more; raise its limit "
                                          "(ulimit -v)");
}

}  // namespace

void check_room_for_system(unsigned worker_threads) {
  try_descriptors();
  try_threads(worker_threads + kMoreThreads);
  try_memory();
}

}  // namespace troupe::engine
