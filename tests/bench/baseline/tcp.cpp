#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "baseline/baselines.h"
#include "own_process.h"
#include "rounds.h"
#include "support/loopback.h"

namespace troupe::bench::baseline {
namespace {

using Clock = std::chrono::steady_clock;
using Message = std::array<char, 64>;
using Chunk = std::array<char, 64 << 10>;  // many messages in one system call

class Socket {
 public:
  explicit Socket(int fd) : fd_(fd) {
    if (fd_ < 0) throw std::system_error(errno, std::generic_category(), "TCP: no socket");
  }
  ~Socket() { ::close(fd_); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  void no_delay() const {
    const int on = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  void send(const Message& message) const {
    if (::send(fd_, message.data(), message.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(message.size())) {
      throw std::system_error(errno, std::generic_category(), "TCP: send");
    }
  }
  // False: the other side is gone.
  [[nodiscard]] bool receive(Message& message) const {
    return ::recv(fd_, message.data(), message.size(), MSG_WAITALL) == static_cast<ssize_t>(message.size());
  }
  void send(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent < 0) throw std::system_error(errno, std::generic_category(), "TCP: send");
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  // What is there, at least a byte; 0: the other side is gone.
  [[nodiscard]] std::size_t receive_some(Chunk& chunk) const {
    const ssize_t got = ::recv(fd_, chunk.data(), chunk.size(), 0);
    return got > 0 ? static_cast<std::size_t>(got) : 0;
  }
  [[nodiscard]] int fd() const noexcept { return fd_; }

 private:
  int fd_;
};

std::vector<double> ping(const Socket& socket, std::chrono::nanoseconds time) {
  std::vector<double> took_us;
  took_us.reserve(1 << 20);
  Message message{};
  auto now = Clock::now();
  for (const auto end = now + time; now < end;) {
    const auto start = now;
    socket.send(message);
    if (!socket.receive(message)) throw std::runtime_error("TCP: the other side is gone");
    now = Clock::now();
    took_us.push_back(std::chrono::duration<double, std::micro>(now - start).count());
  }
  return took_us;
}

// What comes back makes room for as much again.
double round_trips_per_second(const Socket& socket, int in_flight, std::chrono::nanoseconds time) {
  const std::string window(static_cast<std::size_t>(in_flight) * sizeof(Message), 'x');
  Chunk chunk;
  std::size_t back = 0, under_way = window.size();
  const auto start = Clock::now();
  const auto end = start + time;
  socket.send(window);
  while (under_way > 0) {
    const std::size_t got = socket.receive_some(chunk);
    if (got == 0) throw std::runtime_error("TCP: the other side is gone");
    back += got;
    under_way -= got;
    if (Clock::now() >= end) continue;
    socket.send({chunk.data(), got});
    under_way += got;
  }
  const std::chrono::duration<double> took = Clock::now() - start;
  return static_cast<double>(back) / sizeof(Message) / took.count();
}

// The echo server in a process of its own, and a connection to it.
struct Echo {
  OwnProcess server;
  Socket socket{::socket(AF_INET, SOCK_STREAM, 0)};

  explicit Echo(const Effort& effort) : server({"--serve", "tcp"}, effort.apart) {
    const auto port = static_cast<std::uint16_t>(std::stoul(server.read_line(std::chrono::seconds(10))));
    const sockaddr_in address = testing::loopback(port);
    if (::connect(socket.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      throw std::system_error(errno, std::generic_category(), "TCP: connect");
    }
    socket.no_delay();
  }
};

}  // namespace

double tcp_round_trip_us(const Effort& effort) {
  const Echo echo(effort);
  ping(echo.socket, effort.time / 10);
  return median(ping(echo.socket, effort.time));
}

double tcp_round_trips(int in_flight, const Effort& effort) {
  const Echo echo(effort);
  round_trips_per_second(echo.socket, in_flight, effort.time / 10);
  return round_trips_per_second(echo.socket, in_flight, effort.time);
}

void serve_tcp() {
  const Socket listener(::socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in address = testing::loopback(0);
  socklen_t size = sizeof address;
  if (::bind(listener.fd(), reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
      ::listen(listener.fd(), 1) != 0 ||
      ::getsockname(listener.fd(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::system_error(errno, std::generic_category(), "TCP: listen");
  }
  std::printf("%u\n", static_cast<unsigned>(ntohs(address.sin_port)));
  std::fflush(stdout);
  const Socket peer(::accept(listener.fd(), nullptr, nullptr));
  peer.no_delay();
  Chunk chunk;
  while (const std::size_t got = peer.receive_some(chunk)) peer.send({chunk.data(), got});
}

}  // namespace troupe::bench::baseline
