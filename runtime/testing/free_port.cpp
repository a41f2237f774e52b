#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <deque>
#include <mutex>
#include <system_error>

#include "troupe/testing.h"

namespace troupe::testing {

namespace {

std::uint16_t any_free_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  const bool found = ::bind(socket, reinterpret_cast<sockaddr*>(&address), length) == 0 &&
                     ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &length) == 0;
  ::close(socket);
  if (!found) throw std::system_error(errno, std::generic_category(), "looking for a free port");
  return ntohs(address.sin_port);
}

}  // namespace

std::uint16_t free_port() {
  // The kernel may give the same one twice, and two members of one cluster cannot share it.
  static std::mutex mutex;
  static std::deque<std::uint16_t> latest;
  const std::lock_guard lock(mutex);
  std::uint16_t port = any_free_port();
  while (std::find(latest.begin(), latest.end(), port) != latest.end()) port = any_free_port();
  latest.push_back(port);
  if (latest.size() > 16) latest.pop_front();
  return port;
}

}  // namespace troupe::testing
