#include "http_load.h"

#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <utility>

#include "own_process.h"
#include "resident.h"
#include "support/loopback.h"

namespace troupe::bench {
namespace {

using Clock = std::chrono::steady_clock;

std::string request_for(std::string_view path) {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: bench\r\n\r\n";
}

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

class HttpPeer {
 public:
  HttpPeer(std::uint16_t port, const std::string& request)
      : request_(&request), fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const sockaddr_in address = testing::loopback(port);
    if (fd_ < 0 || ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
      fail("HTTP: connect");
    const int on = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  ~HttpPeer() {
    if (fd_ >= 0) ::close(fd_);
  }
  HttpPeer(HttpPeer&& other) noexcept : request_(other.request_), fd_(std::exchange(other.fd_, -1)) {}
  HttpPeer(const HttpPeer&) = delete;
  HttpPeer& operator=(const HttpPeer&) = delete;
  [[nodiscard]] int fd() const noexcept { return fd_; }

  void ask() const {
    if (::send(fd_, request_->data(), request_->size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request_->size()))
      fail("HTTP: send");
  }
  std::size_t read_some() const {
    std::array<char, 4096> bytes;
    const ssize_t size = ::recv(fd_, bytes.data(), bytes.size(), 0);
    if (size <= 0) fail("HTTP: the server has closed");
    return static_cast<std::size_t>(size);
  }
  // The whole answer to the first request: every other is as long.
  [[nodiscard]] std::size_t first_answer() const {
    std::string have;
    std::array<char, 4096> bytes;
    for (;;) {
      const ssize_t size = ::recv(fd_, bytes.data(), bytes.size(), 0);
      if (size <= 0) fail("HTTP: the server has closed");
      have.append(bytes.data(), static_cast<std::size_t>(size));
      const std::size_t end = have.find("\r\n\r\n");
      if (end != std::string::npos && have.size() >= end + 4 + kHttpBodyBytes) break;
    }
    if (have.find("HTTP/1.1 200") != 0) throw std::runtime_error("HTTP: the answer is " + have.substr(0, 60));
    return have.size();
  }

 private:
  const std::string* request_;  // outlives it
  int fd_;
};

void load(std::uint16_t port, std::chrono::nanoseconds time, const std::string& request) {
  std::vector<HttpPeer> peers;
  std::vector<std::size_t> have(kHttpConnections, 0);
  const int poll = ::epoll_create1(EPOLL_CLOEXEC);
  std::size_t answer_bytes = 0;
  for (int i = 0; i < kHttpConnections; ++i) {
    peers.emplace_back(port, request);
    peers.back().ask();
    answer_bytes = peers.back().first_answer();
    epoll_event event{.events = EPOLLIN, .data = {.u32 = static_cast<std::uint32_t>(i)}};
    if (::epoll_ctl(poll, EPOLL_CTL_ADD, peers.back().fd(), &event) != 0) fail("epoll");
  }
  for (const HttpPeer& peer : peers) peer.ask();
  std::uint64_t answered = 0, counted_from = 0;
  auto begin = Clock::now();
  const auto measured_from = begin + time / 10;
  const auto end = measured_from + time;
  bool warm = false;
  std::array<epoll_event, kHttpConnections> events;
  auto now = begin;
  while (now < end) {
    const int count = ::epoll_wait(poll, events.data(), kHttpConnections, 1'000);
    if (count <= 0) throw std::runtime_error("HTTP: no answer came for a second");
    for (int i = 0; i < count; ++i) {
      const std::uint32_t which = events[static_cast<std::size_t>(i)].data.u32;
      have[which] += peers[which].read_some();
      if (have[which] < answer_bytes) continue;
      have[which] = 0;
      ++answered;
      peers[which].ask();
    }
    now = Clock::now();
    if (!warm && now >= measured_from) {
      warm = true;
      begin = now;
      counted_from = answered;
    }
  }
  const std::chrono::duration<double> took = now - begin;
  std::printf("%.3f\n", static_cast<double>(answered - counted_from) / took.count());
  std::fflush(stdout);
}

void idle(std::uint16_t port, std::size_t count) {
  const std::string request = request_for("/plain");
  allow_files(count + 100);
  std::vector<HttpPeer> peers;
  peers.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    peers.emplace_back(port, request);
    peers.back().ask();
    (void)peers.back().first_answer();
  }
  std::printf("there\n");
  std::fflush(stdout);
  wait_for_end_of_input();
}

}  // namespace

void allow_files(std::size_t wanted) {
  rlimit now{};
  if (::getrlimit(RLIMIT_NOFILE, &now) != 0) fail("getrlimit");
  if (now.rlim_cur >= wanted) return;
  now.rlim_cur = wanted;
  now.rlim_max = std::max<rlim_t>(now.rlim_max, wanted);  // root may
  if (::setrlimit(RLIMIT_NOFILE, &now) != 0)
    throw std::runtime_error("this line wants " + std::to_string(wanted) + " open files: ulimit -n");
}

double http_requests_per_second(std::uint16_t port, std::chrono::nanoseconds time, const std::string& path) {
  const std::chrono::duration<double> seconds = time;
  OwnProcess peers({"--serve", "http", "load", std::to_string(port), std::to_string(seconds.count()), path});
  return std::stod(
      peers.read_line(std::chrono::seconds(30) + std::chrono::duration_cast<std::chrono::seconds>(time) * 2));
}

double http_idle_bytes_per_connection(std::uint16_t port) {
  constexpr std::size_t kBefore = 100;
  allow_files(kHttpIdle + kBefore + 200);
  OwnProcess few({"--serve", "http", "idle", std::to_string(port), std::to_string(kBefore)});
  (void)few.read_line(std::chrono::seconds(30));
  const auto before = resident_bytes();
  OwnProcess many({"--serve", "http", "idle", std::to_string(port), std::to_string(kHttpIdle)});
  (void)many.read_line(std::chrono::seconds(60));
  return static_cast<double>(resident_bytes() - before) / static_cast<double>(kHttpIdle);
}

void serve_http_peers(const std::vector<std::string>& words) {
  const auto port = static_cast<std::uint16_t>(std::stoul(words.at(1)));
  if (words.at(0) == "load") {
    load(port, std::chrono::nanoseconds(static_cast<std::int64_t>(std::stod(words.at(2)) * 1e9)),
         request_for(words.at(3)));
  } else {
    idle(port, std::stoul(words.at(2)));
  }
}

}  // namespace troupe::bench
