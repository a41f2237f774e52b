#include "http_peer.h"

#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "support/loopback.h"

namespace troupe::bench {
namespace {

[[noreturn]] void fail_at(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

// 0: its header has not come whole.
std::size_t whole_bytes(const std::string& answer) {
  constexpr std::string_view kLength = "\r\nContent-Length: ";
  const std::size_t end = answer.find("\r\n\r\n");
  if (end == std::string::npos) return 0;
  const std::size_t length = answer.find(kLength);
  return end + 4 + (length < end ? std::stoul(answer.substr(length + kLength.size())) : 0);
}

}  // namespace

HttpPeer::HttpPeer(std::uint16_t port, const std::string& request)
    : request_(&request), fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const sockaddr_in address = testing::loopback(port);
  if (fd_ < 0 || ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    fail_at("HTTP: connect");
  const int on = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

HttpPeer::~HttpPeer() {
  if (fd_ >= 0) ::close(fd_);
}

HttpPeer::HttpPeer(HttpPeer&& other) noexcept
    : request_(other.request_),
      fd_(std::exchange(other.fd_, -1)),
      have_(std::move(other.have_)),
      wanted_(other.wanted_) {}

void HttpPeer::ask() const {
  if (::send(fd_, request_->data(), request_->size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request_->size()))
    fail_at("HTTP: send");
}

bool HttpPeer::answered() {
  std::array<char, 4096> bytes;
  const ssize_t size = ::recv(fd_, bytes.data(), bytes.size(), 0);
  if (size <= 0) fail_at("HTTP: the server has closed");
  have_.append(bytes.data(), static_cast<std::size_t>(size));
  if (have_.size() > 9 && have_[9] != '2') throw std::runtime_error("HTTP: the answer is " + have_.substr(0, 200));
  if (wanted_ == 0) wanted_ = whole_bytes(have_);
  if (wanted_ == 0 || have_.size() < wanted_) return false;
  have_.clear();
  return true;
}

std::size_t HttpPeer::await_answer() {
  while (!answered()) {
  }
  return wanted_;
}

}  // namespace troupe::bench
