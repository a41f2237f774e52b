// A stranger that speaks the sealing transport of tests, and a relay that brings what two nodes say in small pieces.
#pragma once

#include <netinet/tcp.h>
#include <poll.h>

#include <thread>

#include "link_stage.h"
#include "sealing_transport.h"

namespace troupe::net::testing {

class SealedStranger {
 public:
  // Connects, and greets as `name`. It takes in little that it does not read.
  SealedStranger(std::uint16_t port, const std::string& name) : session_(Sealing{.proves = name}) {
    const int little = 4096;
    setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &little, sizeof little);
    timeval patience{10, 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(port);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(fd_, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0);
    session_.greet(to_socket_);
    write();
  }
  ~SealedStranger() { ::close(fd_); }
  SealedStranger(const SealedStranger&) = delete;

  // Waits for the end of the transport's handshake. False: it was cut.
  [[nodiscard]] bool establish() {
    while (!session_.established())
      if (!read()) return false;
    return true;
  }
  void say(const wire::Bytes& plain) {
    REQUIRE(establish());
    REQUIRE(session_.seal(plain, to_socket_));
    write();
  }
  void say_record(Record kind, const std::string& bytes) {
    append_record(to_socket_, kind, bytes);
    write();
  }
  // As they are, without a record.
  void say_raw(const std::string& bytes) {
    to_socket_.assign(bytes.begin(), bytes.end());
    write();
  }
  // The next frame; none: the session or the connection has ended.
  std::optional<KeptFrame> hear() {
    while (keeper_.frames.empty()) {
      if (!read()) return std::nullopt;
    }
    const KeptFrame next = keeper_.frames.front();
    keeper_.frames.erase(keeper_.frames.begin());
    return next;
  }
  [[nodiscard]] bool is_cut() {
    while (hear()) {
    }
    return true;
  }
  // What its session said in the end.
  [[nodiscard]] const std::string& last_word() const { return last_word_; }

 private:
  void write() {
    // It may be cut meanwhile.
    (void)::send(fd_, to_socket_.data(), to_socket_.size(), MSG_NOSIGNAL);
    to_socket_.clear();
  }
  bool read() {
    char bytes[4096];
    const ssize_t n = last_word_.empty() ? ::recv(fd_, bytes, sizeof bytes, 0) : 0;
    if (n <= 0) return false;
    wire::Bytes plain;
    auto opened = session_.open({bytes, static_cast<std::size_t>(n)}, plain, to_socket_);
    write();
    REQUIRE(parser_.feed(plain, keeper_));
    if (!opened) last_word_ = opened.error().message();
    return opened.ok() || !keeper_.frames.empty();
  }

  const int fd_ = ::socket(AF_INET, SOCK_STREAM, 0);
  SealingSession session_;
  wire::Bytes to_socket_;
  wire::FrameParser parser_;
  FrameKeeper keeper_;
  std::string last_word_;
};

// Listens in a node's place and passes on what one connection says, a byte at a time, both ways.
class Relay {
 public:
  Relay() {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    REQUIRE(::bind(listener_, reinterpret_cast<sockaddr*>(&at), size) == 0);
    REQUIRE(::listen(listener_, 1) == 0);
    REQUIRE(::getsockname(listener_, reinterpret_cast<sockaddr*>(&at), &size) == 0);
    port = ntohs(at.sin_port);
  }
  // After both nodes have let go.
  ~Relay() {
    ::shutdown(listener_, SHUT_RDWR);
    if (passing_.joinable()) passing_.join();
    ::close(listener_);
  }
  void pass_to(std::uint16_t target) {
    passing_ = std::thread([this, target] { pass(target); });
  }
  // All that was passed on.
  [[nodiscard]] bool has_seen(const std::string& words) {
    std::lock_guard lock(mutex_);
    return seen_[0].find(words) != std::string::npos || seen_[1].find(words) != std::string::npos;
  }

  std::uint16_t port = 0;

 private:
  void pass(std::uint16_t target) {
    const int near = ::accept(listener_, nullptr, nullptr);
    if (near < 0) return;
    const int far = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(target);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    bool open = ::connect(far, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0;
    pollfd ends[2] = {{near, POLLIN, 0}, {far, POLLIN, 0}};
    const int on = 1;
    for (const pollfd& end : ends) setsockopt(end.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    while (open && ::poll(ends, 2, -1) > 0) {
      for (int from = 0; from < 2; ++from) {
        if (!ends[from].revents) continue;
        char bytes[4096];
        const ssize_t n = ::recv(ends[from].fd, bytes, sizeof bytes, 0);
        if (n <= 0) open = false;
        for (ssize_t i = 0; i < n; ++i) (void)::send(ends[1 - from].fd, bytes + i, 1, MSG_NOSIGNAL);
        std::lock_guard lock(mutex_);
        if (n > 0) seen_[from].append(bytes, static_cast<std::size_t>(n));
      }
    }
    ::close(near);
    ::close(far);
  }

  const int listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
  std::thread passing_;
  std::mutex mutex_;
  std::string seen_[2];
};

}  // namespace troupe::net::testing
