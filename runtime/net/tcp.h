// Plain TCP calls with errors that say what was tried. May block, for as long as is said.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

#include "troupe/error.h"

namespace troupe::net::tcp {

// Owns a file descriptor.
class Socket {
 public:
  explicit Socket(int fd) noexcept : fd_(fd) {}
  Socket(Socket&& o) noexcept : fd_(o.release()) {}
  Socket& operator=(Socket&&) = delete;
  ~Socket();
  [[nodiscard]] int fd() const noexcept { return fd_; }
  [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

[[nodiscard]] Result<Socket> listen(const std::string& host, std::uint16_t port);
[[nodiscard]] Result<Socket> connect(const std::string& host, std::uint16_t port, std::chrono::milliseconds timeout);
[[nodiscard]] std::uint16_t local_port(const Socket& socket);
// "127.0.0.1:4711"
[[nodiscard]] std::string remote_name(const Socket& socket);

}  // namespace troupe::net::tcp
