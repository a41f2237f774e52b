// A server that says anything: answers that are cut off, garbage, or without end. Each is an error in time, none is
// believed, and none takes more memory than an answer may.
#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>

#include "coordinator/etcd/messages.h"
#include "coordinator/open.h"

namespace troupe::coordinator {
namespace {

using namespace std::chrono_literals;

// Answers each connection's first bytes with the same bytes, `tail` again and again, and closes it.
class Hostile {
 public:
  explicit Hostile(std::string says, std::string tail = {}) : says_(std::move(says)), tail_(std::move(tail)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(::listen(listener_, 16) == 0);
    REQUIRE(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { run(); });
  }
  ~Hostile() {
    stopping_ = true;
    thread_.join();
    ::close(listener_);
  }
  [[nodiscard]] std::unique_ptr<Coordinator> open() const {
    return coordinator::open({.kind = Kind::etcd, .endpoints = {"127.0.0.1:" + std::to_string(port_)}, .prefix = "p"})
        .value();
  }
  std::atomic<std::uint64_t> connections{0}, most_sent{0};

 private:
  void run() {
    while (!stopping_) {
      pollfd fd{listener_, POLLIN, 0};
      if (::poll(&fd, 1, 10) <= 0) continue;
      const int peer = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      ++connections;
      char bytes[4096];
      (void)::recv(peer, bytes, sizeof bytes, 0);
      std::uint64_t sent = 0;
      for (const std::string* part = &says_; !stopping_ && !part->empty(); part = &tail_) {
        const auto n = ::send(peer, part->data(), part->size(), MSG_NOSIGNAL);
        if (n <= 0) break;
        sent += static_cast<std::uint64_t>(n);
      }
      most_sent = std::max<std::uint64_t>(most_sent, sent);
      ::shutdown(peer, SHUT_WR);
      ::close(peer);
    }
  }

  const std::string says_, tail_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

std::string ok(const std::string& body) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

struct Answers {
  Error read, commit;
};

Answers ask(const Hostile& server) {
  const auto coordinator = server.open();
  const auto begin = std::chrono::steady_clock::now();
  const auto read = coordinator->get("a", 200ms);
  const auto commit = coordinator->commit({.conditions = {}, .writes = {{"a", "1"}}}, 5s);
  CHECK(std::chrono::steady_clock::now() - begin < 4s);
  REQUIRE_FALSE(read);
  REQUIRE_FALSE(commit);
  return {read.error(), commit.error()};
}

struct Deaf final : Watcher {
  std::atomic<int> told{0}, lost{0};
  void on_changes(std::span<const Change>) noexcept override { ++told; }
  void on_lost(const Error&) noexcept override { ++lost; }
};

bool says(const Error& error, const char* part) { return error.message().find(part) != std::string::npos; }

}  // namespace

TEST_CASE("an answer that is no HTTP, or is cut off, is none: a read is unavailable, a commit unknown") {
  for (const std::string& bytes :
       {std::string("hello\r\n\r\n"), std::string("\x16\x03\x01\x02"), std::string("HTTP/1.1 200 OK\r\n"),
        std::string("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"header\""),
        std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"hea\r\n"),
        std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n")}) {
    CAPTURE(bytes);
    const Hostile server(bytes);
    const Answers answers = ask(server);
    CHECK(answers.read.kind() == ErrorKind::unavailable);
    CHECK(answers.commit.kind() == ErrorKind::unknown_outcome);
    CHECK(says(answers.read, "127.0.0.1:"));
  }
}

TEST_CASE("an answer that is HTTP and no etcd's is corrupt or invalid, and a commit's outcome is not made up") {
  const Hostile cut(ok("{\"header\":{\"revision\":\"1\"},\"succee"));
  CHECK(ask(cut).read.kind() == ErrorKind::corrupt);
  CHECK(ask(cut).commit.kind() == ErrorKind::unknown_outcome);
  const Hostile empty(ok(""));
  CHECK(ask(empty).read.kind() == ErrorKind::corrupt);
  CHECK(ask(empty).commit.kind() == ErrorKind::unknown_outcome);
  const Hostile page("HTTP/1.1 404 Not Found\r\nContent-Length: 6\r\n\r\n<html>");
  CHECK(ask(page).read.kind() == ErrorKind::invalid);
  CHECK(says(ask(page).read, "--enable-grpc-gateway"));
}

TEST_CASE("an answer without end is cut at its limit") {
  const std::string chunk = "10000\r\n" + std::string(65536, ' ') + "\r\n";
  for (const auto& [head, tail] :
       {std::pair<std::string, std::string>{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", chunk},
        {"HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n", std::string(65536, ' ')},
        {"HTTP/1.1 200 OK\r\n", "X-Filler: " + std::string(60'000, 'x') + "\r\n"},
        {"HTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\n", chunk}}) {
    const Hostile server(head, tail);
    const Answers answers = ask(server);
    CHECK(answers.read.kind() == ErrorKind::unavailable);
    CHECK(answers.commit.kind() == ErrorKind::unknown_outcome);
    // What the sockets' buffers hold beside it.
    CHECK(server.most_sent < etcd::kMaxAnswerBytes + (std::size_t{24} << 20));
  }
}

TEST_CASE("a watch's stream that is garbage or has no end tells nothing, and is begun again with pauses") {
  const std::string stream = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  const std::string endless = "10000\r\n" + std::string(65536, 'x') + "\r\n";
  for (const auto& [head, tail] : {std::pair<std::string, std::string>{stream + "6\r\nhello\n\r\n", ""},
                                   {stream, endless},
                                   {"nothing", ""},
                                   {stream + "3\r\n{}\n\r\n0\r\n\r\n", ""}}) {
    Hostile server(head, tail);
    const auto coordinator = server.open();
    Deaf watcher;
    auto watch = coordinator->watch("w/", 5, watcher);
    const auto until = std::chrono::steady_clock::now() + 20s;
    while (server.connections < 3 && std::chrono::steady_clock::now() < until) std::this_thread::yield();
    CHECK(server.connections >= 3);
    const auto begin = std::chrono::steady_clock::now();

    watch.reset();

    CHECK(std::chrono::steady_clock::now() - begin < 2s);
    CHECK(watcher.told == 0);
    CHECK(watcher.lost == 0);
  }
}

}  // namespace troupe::coordinator
