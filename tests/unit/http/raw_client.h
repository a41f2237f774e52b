// A peer of the server that sends bytes as they stand and takes answers apart, over a socket of its own.
#pragma once

#include <doctest/doctest.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/http/headers.h"
#include "support/loopback.h"

namespace troupe::http {

struct Answer {
  int status = 0;
  Headers headers;
  std::string body;
  std::string head;  // as it came
};

class RawClient {
 public:
  // Waits as long for bytes that a test expects; a test that waits so long fails.
  static constexpr std::chrono::seconds kPatience{20};

  explicit RawClient(std::uint16_t port, int receive_buffer = 0)
      : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    REQUIRE(socket_ >= 0);
    const timeval patience{kPatience.count(), 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (receive_buffer > 0) ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    const int on = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const sockaddr_in address = testing::loopback(port);
    REQUIRE(::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  }
  ~RawClient() { close(); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  void close() {
    if (socket_ >= 0) ::close(std::exchange(socket_, -1));
  }
  // With a reset, as a peer that dies.
  void reset() {
    const linger now{1, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close();
  }
  void end_writing() { ::shutdown(socket_, SHUT_WR); }

  // False: the server has closed.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t size = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (size <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(size));
    }
    return true;
  }

  // Bytes that have come, at least one; false: the end, or a reset.
  bool read_some() {
    char bytes[16384];
    const ssize_t size = ::recv(socket_, bytes, sizeof bytes, 0);
    if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) FAIL("nothing came in time");
    if (size <= 0) return false;
    have_.append(bytes, static_cast<std::size_t>(size));
    return true;
  }
  bool read_until(std::size_t size) {
    while (have_.size() < size) {
      if (!read_some()) return false;
    }
    return true;
  }
  std::string take(std::size_t size) {
    REQUIRE(read_until(size));
    std::string out = have_.substr(0, size);
    have_.erase(0, size);
    return out;
  }
  std::string read_line() {
    std::size_t end;
    while ((end = have_.find("\r\n")) == std::string::npos) REQUIRE(read_some());
    std::string out = have_.substr(0, end);
    have_.erase(0, end + 2);
    return out;
  }
  // All until the server closes.
  std::string read_all() {
    while (read_some()) {
    }
    return std::exchange(have_, {});
  }
  // Nothing more comes, and the server closes.
  bool is_at_end() { return have_.empty() && !read_some(); }

  // Nothing: the end.
  std::optional<Answer> read_head() {
    std::size_t end;
    while ((end = have_.find("\r\n\r\n")) == std::string::npos) {
      if (!read_some()) {
        CHECK(have_ == "");
        return std::nullopt;
      }
    }
    Answer out;
    out.head = have_.substr(0, end + 2);
    have_.erase(0, end + 4);
    REQUIRE(out.head.substr(0, 9) == "HTTP/1.1 ");
    out.status = std::stoi(out.head.substr(9, 3));
    std::string_view rest(out.head);
    for (rest.remove_prefix(rest.find("\r\n") + 2); !rest.empty(); rest.remove_prefix(rest.find("\r\n") + 2)) {
      const std::string_view line = rest.substr(0, rest.find("\r\n"));
      const std::size_t colon = line.find(": ");
      REQUIRE(colon != std::string_view::npos);
      out.headers.add(line.substr(0, colon), line.substr(colon + 2));
    }
    return out;
  }
  std::optional<Answer> try_answer(bool to_head = false) {
    auto out = read_head();
    if (!out || to_head || out->status == 204 || out->status == 304 || out->status < 200) return out;
    if (const auto length = out->headers.find("Content-Length")) {
      out->body = take(std::stoul(std::string(*length)));
    } else if (out->headers.find("Transfer-Encoding") == "chunked") {
      while (auto piece = read_chunk()) out->body += *piece;
    } else {
      out->body = read_all();
    }
    return out;
  }
  Answer answer(bool to_head = false) {
    auto out = try_answer(to_head);
    REQUIRE(out.has_value());
    return std::move(*out);
  }
  // Nothing: the last.
  std::optional<std::string> read_chunk() {
    const std::size_t size = std::stoul(read_line(), nullptr, 16);
    std::string out = take(size);
    REQUIRE(read_line() == "");
    if (size == 0) return std::nullopt;
    return out;
  }
  Answer ask(std::string_view bytes, bool to_head = false) {
    send(bytes);
    return answer(to_head);
  }

 private:
  int socket_;
  std::string have_;
};

inline std::string get(std::string_view path, std::string_view fields = "") {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: test\r\n" + std::string(fields) + "\r\n";
}
inline std::string post(std::string_view path, std::string_view body, std::string_view fields = "") {
  return "POST " + std::string(path) + " HTTP/1.1\r\nHost: test\r\n" + std::string(fields) +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

}  // namespace troupe::http
