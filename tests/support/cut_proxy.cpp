#include "support/cut_proxy.h"
#include "support/loopback.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <system_error>
#include <utility>
#include <vector>

namespace troupe::testing {
CutProxy::CutProxy(std::uint16_t to) : to_(to) {
  listen();
  thread_ = std::thread([this] { run(); });
}

void CutProxy::listen() {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  sockaddr_in address = loopback(port_);
  socklen_t size = sizeof address;
  if (::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
      ::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 64) != 0 ||
      ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
    throw std::system_error(errno, std::generic_category(), "proxy");
  port_ = ntohs(address.sin_port);
}

CutProxy::~CutProxy() {
  stopping_ = true;
  thread_.join();
  drop_all();
  if (listener_ >= 0) ::close(listener_);
}

void CutProxy::set(Way way) {
  wanted_ = way;
  while (way_ != way) std::this_thread::yield();
}

void CutProxy::break_after(std::size_t bytes) { left_ = static_cast<std::int64_t>(bytes); }

void CutProxy::drop_all() {
  for (const Pair& pair : pairs_) {
    ::close(pair.near);
    ::close(pair.far);
  }
  pairs_.clear();
}

void CutProxy::run() {
  while (!stopping_) {
    const Way way = wanted_;
    if (way == Way::refused && listener_ >= 0) {
      drop_all();
      ::close(std::exchange(listener_, -1));
    }
    if (way != Way::refused && listener_ < 0) listen();
    way_ = way;
    std::vector<pollfd> fds = {{listener_, POLLIN, 0}};
    const bool passes = way == Way::open;
    for (const Pair& pair : pairs_) {
      fds.push_back({pair.near, static_cast<short>(passes ? POLLIN : 0), 0});
      fds.push_back({pair.far, static_cast<short>(passes ? POLLIN : 0), 0});
    }
    (void)::poll(fds.data(), fds.size(), 2);
    std::size_t at = 1;
    for (auto pair = pairs_.begin(); passes && pair != pairs_.end();) {
      const bool fine = ((fds[at].revents == 0 || pass(pair->near, pair->far, false)) &&
                         (fds[at + 1].revents == 0 || pass(pair->far, pair->near, true)));
      at += 2;
      if (!fine) ::close(pair->near), ::close(pair->far);
      pair = fine ? std::next(pair) : pairs_.erase(pair);
    }
    if (fds[0].revents != 0) take();
    if (left_ == 0) drop_all(), left_ = -1;
  }
}

void CutProxy::take() {
  const int near = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  if (near < 0) return;
  const int far = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(to_);
  if (::connect(far, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    ::close(near);
    ::close(far);
    return;
  }
  pairs_.push_back({near, far});
}

bool CutProxy::pass(int from, int to, bool back) {
  char bytes[16384];
  std::size_t most = sizeof bytes;
  const std::int64_t left = left_;
  if (back && left >= 0) most = std::min<std::size_t>(most, static_cast<std::size_t>(left));
  if (most == 0) return true;
  const auto count = ::recv(from, bytes, most, MSG_DONTWAIT);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return true;
  if (count <= 0) return false;
  for (ssize_t sent = 0; sent < count;) {
    const auto n = ::send(to, bytes + sent, static_cast<std::size_t>(count - sent), MSG_NOSIGNAL);
    if (n <= 0) return false;
    sent += n;
  }
  if (back && left >= 0) left_ = left - count;
  return true;
}

}  // namespace troupe::testing
