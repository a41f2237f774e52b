// What tests of whole links share: nodes on real sockets of this machine, and strangers that knock at their ports.
#pragma once

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/engine.h"
#include "net/handshake.h"
#include "net/links.h"
#include "support/log_lines.h"
#include "unit/wire/call_fixture.h"

namespace troupe::net::testing {

using namespace troupe::testing;
using namespace std::chrono_literals;

inline constexpr auto kPatience = 10s;

inline std::shared_ptr<const LinkSecret> secret_of(const std::string& bytes) {
  return std::make_shared<const LinkSecret>(bytes);
}

// What a node of the cluster knows; tests change it.
inline LinkOptions member(const std::string& name, Incarnation incarnation, const std::string& secret = "") {
  LinkOptions out;
  out.cluster = "shop";
  out.node = name;
  out.incarnation = incarnation;
  out.membership_hash = 77;
  out.secret = secret_of(secret);
  return out;
}

// The node behind the links: answers each call with its own parameters, or keeps it.
class Node final : public LinkEvents {
 public:
  Node(
      engine::Engine& engine, const std::string& name, Incarnation incarnation,
      void (*change)(LinkOptions&) = [](LinkOptions&) {})
      : links_(std::make_unique<Links>(engine, options(name, incarnation, change), *this)) {}
  ~Node() { stop(); }

  void stop() {
    if (links_) links_->stop(system_clock().now() + 1s);
  }
  void leave() { links_.reset(); }
  Links& links() { return *links_; }

  void on_call(PeerId, wire::EnvelopePtr call) noexcept override {
    if (on_next_call) std::exchange(on_next_call, nullptr)();
    std::unique_lock lock(mutex_);
    ++calls;
    if (keep_calls) {
      kept.push_back(std::move(call));
      changed_.notify_all();
      return;
    }
    lock.unlock();
    call->results.build().setAs<capnp::Data>(call->params.read().getAs<capnp::Data>());
    wire::answer(std::move(call));
  }
  Result<wire::AddressPtr> resolve(PeerId, std::uint64_t, std::string_view key) override {
    return stock(std::string(key));
  }
  void on_link_up(PeerId, Incarnation incarnation) noexcept override {
    std::lock_guard lock(mutex_);
    ++ups;
    peer_incarnation = incarnation;
    changed_.notify_all();
  }
  void on_link_down(PeerId, std::vector<LostCall> gone, const Error& why) noexcept override {
    std::lock_guard lock(mutex_);
    ++downs;
    for (LostCall& l : gone) lost.push_back(std::move(l));
    down_why = why.message();
    changed_.notify_all();
  }

  template <class Condition>
  [[nodiscard]] bool wait(Condition condition) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, condition);
  }
  [[nodiscard]] bool logged(const std::string& words) { return lines.come_to_say(words, kPatience); }

  bool keep_calls = false;
  std::function<void()> on_next_call;  // runs on the links' thread, and holds it
  int ups = 0, downs = 0, calls = 0;
  Incarnation peer_incarnation = 0;
  std::vector<LostCall> lost;
  std::vector<wire::EnvelopePtr> kept;
  std::string down_why;
  testing::LogLines lines;

 private:
  LinkOptions options(const std::string& name, Incarnation incarnation, void (*change)(LinkOptions&)) {
    LinkOptions out = member(name, incarnation);
    out.log = lines.sink();
    change(out);
    return out;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::unique_ptr<Links> links_;
};

// Waits for one answer.
class Waiter final : public Recipient {
 public:
  bool post(Mail* mail) noexcept override {
    std::lock_guard lock(mutex_);
    answer_ = wire::EnvelopePtr::adopt(static_cast<wire::Envelope*>(mail));
    answer_->reply_to = nullptr;  // or they would own each other; the test owns the waiter
    changed_.notify_all();
    return true;
  }
  wire::EnvelopePtr wait() {
    std::unique_lock lock(mutex_);
    REQUIRE(changed_.wait_for(lock, kPatience, [this] { return bool(answer_); }));
    return answer_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  wire::EnvelopePtr answer_;
};

// A stranger with a socket.
class Stranger {
 public:
  explicit Stranger(std::uint16_t port) : Stranger() { connect(port); }
  // Of a connection that it accepted.
  struct Accepted {
    int fd;
  };
  explicit Stranger(Accepted connection) : fd_(connection.fd) { parser_.also_takes(kMoves); }
  // Not connected yet.
  Stranger() : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    parser_.also_takes(kMoves);
    timeval patience{10, 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }
  void connect(std::uint16_t port) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(port);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(fd_, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0);
  }
  ~Stranger() { ::close(fd_); }
  Stranger(const Stranger&) = delete;

  void say(const wire::Bytes& bytes) {
    REQUIRE(::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size()));
  }
  void say(const std::string& text) { say(wire::Bytes(text.begin(), text.end())); }
  // The next frame; none: the connection was closed.
  std::optional<KeptFrame> hear() {
    FrameKeeper keeper;
    char byte;
    while (keeper.frames.empty()) {
      if (::recv(fd_, &byte, 1, 0) != 1) return std::nullopt;
      REQUIRE(parser_.feed({&byte, 1}, keeper));
    }
    return keeper.frames[0];
  }
  bool is_cut() {
    while (hear()) {
    }
    return true;
  }
  [[nodiscard]] int fd() const noexcept { return fd_; }

 private:
  static constexpr wire::FrameKind kMoves[] = {wire::FrameKind::moves};
  int fd_;
  wire::FrameParser parser_;
};

inline wire::Hello hello_of_a(Incarnation incarnation) { return make_hello(member("a", incarnation), "b"); }

inline wire::Bytes bytes_of(const wire::Hello& hello) {
  wire::Bytes out;
  append(out, hello);
  return out;
}

// Shakes hands with "b" as node "a" would. False: it is refused.
template <class Someone>
[[nodiscard]] bool shake_hands(Someone& stranger, Incarnation incarnation, const std::string& secret = "",
                               bool moves = false) {
  const LinkOptions self = member("a", incarnation, secret);
  wire::Bytes out;
  Handshake handshake(
      self, [](auto&) { return KnownPeer{}; }, "b", out, moves);
  for (;;) {
    stranger.say(std::exchange(out, {}));
    const auto heard = stranger.hear();
    if (!heard) return false;
    auto proved = handshake.take(heard->frame(), out);
    if (!proved) return false;
    if (*proved) return true;
  }
}

// Node "b", which expects "a" at a port where nobody listens.
struct Listening {
  engine::Engine engine{engine::EngineOptions{}};
  Node b;
  std::uint16_t port;

  explicit Listening(void (*change)(LinkOptions&) = [](LinkOptions&) {}) : b(engine, "b", 1, change) {
    b.links().add_peer({"a", "127.0.0.1", 1}).value();
    port = b.links().listen("127.0.0.1", 0).value();
  }
};

// "a" connects to "b".
struct Two {
  engine::Engine engine{engine::EngineOptions{}};
  std::unique_ptr<Node> a = std::make_unique<Node>(engine, "a", 1);
  std::unique_ptr<Node> b = std::make_unique<Node>(engine, "b", 1);
  std::uint16_t port;

  Two() {
    b->links().add_peer({"a", "127.0.0.1", 1}).value();
    port = b->links().listen("127.0.0.1", 0).value();
    a->links().add_peer({"b", "127.0.0.1", port}).value();
    a->links().connect();
    REQUIRE(a->wait([&] { return a->ups == 1; }));
    REQUIRE(b->wait([&] { return b->ups == 1; }));
  }
};

}  // namespace troupe::net::testing
