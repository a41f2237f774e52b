#include "http_load.h"

#include <sys/epoll.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <stdexcept>
#include <string_view>
#include <system_error>

#include "http_peer.h"
#include "own_process.h"
#include "resident.h"

namespace troupe::bench {
namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

std::string request_for(std::string_view path) {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: bench\r\n\r\n";
}

void load(std::uint16_t port, std::chrono::nanoseconds time, const std::string& request) {
  std::vector<HttpPeer> peers;
  const int poll = ::epoll_create1(EPOLL_CLOEXEC);
  for (int i = 0; i < kHttpConnections; ++i) {
    peers.emplace_back(port, request);
    peers.back().ask();
    (void)peers.back().await_answer();
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
      if (!peers[which].answered()) continue;
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
    (void)peers.back().await_answer();
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
