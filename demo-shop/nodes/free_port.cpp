#include "nodes/free_port.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <random>
#include <system_error>

namespace demo {

namespace {

// Below the ports that systems hand to outgoing connections: a node that is away must find its port free when it
// returns.
constexpr int kLowest = 20'000;
constexpr int kHighest = 32'767;
constexpr int kMostAttempts = 1'000;

// Bound to host:port for as long as it lives.
class BoundSocket {
 public:
  BoundSocket(const std::string& host, std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    const int yes = 1;
    // As servers do: a port whose last connections are still cooling off counts as free.
    ::setsockopt(fd_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    bound_ = fd_ >= 0 &&
             ::inet_pton(AF_INET, host == "localhost" ? "127.0.0.1" : host.c_str(), &address.sin_addr) == 1 &&
             ::bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  BoundSocket(BoundSocket&& o) noexcept : fd_(o.fd_), bound_(o.bound_) { o.fd_ = -1; }
  BoundSocket& operator=(BoundSocket&&) = delete;
  ~BoundSocket() {
    if (fd_ >= 0) ::close(fd_);
  }
  // Listening shows what binding alone does not: a live listener that allowed its address to be reused.
  [[nodiscard]] bool listens() const { return bound_ && ::listen(fd_, 1) == 0; }

 private:
  int fd_;
  bool bound_ = false;
};

}  // namespace

std::vector<std::uint16_t> free_ports(unsigned count) {
  std::random_device random;
  // All held at once, so that they differ.
  std::vector<BoundSocket> sockets;
  std::vector<std::uint16_t> ports;
  for (int attempt = 0; ports.size() < count; ++attempt) {
    if (attempt == kMostAttempts)
      throw std::system_error(errno, std::generic_category(), "no free port on 127.0.0.1 from 20000 to 32767");
    const auto port = static_cast<std::uint16_t>(std::uniform_int_distribution<int>(kLowest, kHighest)(random));
    BoundSocket socket("127.0.0.1", port);
    if (!socket.listens()) continue;
    sockets.push_back(std::move(socket));
    ports.push_back(port);
  }
  return ports;
}

bool is_free(const std::string& host, std::uint16_t port) { return BoundSocket(host, port).listens(); }

}  // namespace demo
