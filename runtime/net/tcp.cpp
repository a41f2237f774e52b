// Plain TCP on blocking system calls.
#include "net/tcp.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

namespace troupe::net::tcp {
namespace {

constexpr int kAcceptBacklog = 128;

Error failed(const std::string& what, const std::string& host, std::uint16_t port, const std::string& why) {
  return Error(ErrorKind::unavailable, "cannot " + what + " " + host + ":" + std::to_string(port) + ": " + why);
}

// The first address of the host; loopback names have one that matters.
Result<std::shared_ptr<addrinfo>> look_up(const std::string& what, const std::string& host, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_family = host == "localhost" ? AF_INET : AF_UNSPEC;
  addrinfo* found = nullptr;
  if (const int e = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found); e != 0)
    return failed(what, host, port, gai_strerror(e));
  return std::shared_ptr<addrinfo>(found, freeaddrinfo);
}

}  // namespace

Socket::~Socket() {
  if (fd_ >= 0) ::close(fd_);
}

Result<Socket> listen(const std::string& host, std::uint16_t port) {
  auto at = look_up("listen on", host, port);
  if (!at) return at.error();
  const addrinfo& a = **at;
  Socket s(::socket(a.ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  // A port that an earlier run left in TIME_WAIT is free; one with a listener is not.
  if (s.fd() < 0 || setsockopt(s.fd(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
      ::bind(s.fd(), a.ai_addr, a.ai_addrlen) != 0 || ::listen(s.fd(), kAcceptBacklog) != 0) {
    if (errno == EADDRINUSE)
      return failed("listen on", host, port,
                    "port " + std::to_string(port) + " is in use; stop the other program or choose another port");
    return failed("listen on", host, port, std::strerror(errno));
  }
  return s;
}

Result<Socket> connect(const std::string& host, std::uint16_t port, std::chrono::milliseconds timeout) {
  auto at = look_up("connect to", host, port);
  if (!at) return at.error();
  const addrinfo& a = **at;
  Socket s(::socket(a.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (s.fd() < 0) return failed("connect to", host, port, std::strerror(errno));
  if (::connect(s.fd(), a.ai_addr, a.ai_addrlen) == 0) return s;
  if (errno != EINPROGRESS) return failed("connect to", host, port, std::strerror(errno));
  pollfd wait{s.fd(), POLLOUT, 0};
  const int ready = ::poll(&wait, 1, static_cast<int>(timeout.count()));
  if (ready == 0) return failed("connect to", host, port, "no answer in " + std::to_string(timeout.count()) + " ms");
  int error = errno;
  socklen_t size = sizeof error;
  if (ready > 0) getsockopt(s.fd(), SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) return failed("connect to", host, port, std::strerror(error));
  return s;
}

std::uint16_t local_port(const Socket& socket) {
  sockaddr_storage at{};
  socklen_t size = sizeof at;
  if (getsockname(socket.fd(), reinterpret_cast<sockaddr*>(&at), &size) != 0) return 0;
  return ntohs(at.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6&>(at).sin6_port
                                        : reinterpret_cast<sockaddr_in&>(at).sin_port);
}

std::string remote_name(const Socket& socket) {
  sockaddr_storage at{};
  socklen_t size = sizeof at;
  char host[NI_MAXHOST], port[NI_MAXSERV];
  if (getpeername(socket.fd(), reinterpret_cast<sockaddr*>(&at), &size) != 0 ||
      getnameinfo(reinterpret_cast<sockaddr*>(&at), size, host, sizeof host, port, sizeof port,
                  NI_NUMERICHOST | NI_NUMERICSERV) != 0)
    return "an address that is gone";
  return std::string(host) + ":" + port;
}

}  // namespace troupe::net::tcp
