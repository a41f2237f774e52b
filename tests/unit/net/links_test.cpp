// Whole links: nodes on real sockets of this machine, and strangers that knock at their ports.
#include "net/links.h"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <condition_variable>

#include "engine/engine.h"
#include "unit/wire/call_fixture.h"

using namespace troupe;
using namespace troupe::net;
using namespace troupe::testing;
using namespace std::chrono_literals;

namespace {

constexpr auto kPatience = 10s;

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

  void on_call(wire::EnvelopePtr call) noexcept override {
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
  Result<wire::AddressPtr> resolve(std::uint64_t, std::string_view key) override { return stock(std::string(key)); }
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
  [[nodiscard]] bool logged(const std::string& words) {
    return wait([&] {
      return std::any_of(lines.begin(), lines.end(), [&](auto& l) { return l.find(words) != std::string::npos; });
    });
  }

  bool keep_calls = false;
  int ups = 0, downs = 0, calls = 0;
  Incarnation peer_incarnation = 0;
  std::vector<LostCall> lost;
  std::vector<wire::EnvelopePtr> kept;
  std::string down_why;
  std::vector<std::string> lines;

 private:
  LinkOptions options(const std::string& name, Incarnation incarnation, void (*change)(LinkOptions&)) {
    LinkOptions out;
    out.cluster = "shop";
    out.node = name;
    out.incarnation = incarnation;
    out.membership_hash = 77;
    out.log = [this](const LogLine& line) {
      std::lock_guard lock(mutex_);
      lines.emplace_back(line.message);
      changed_.notify_all();
    };
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
  explicit Stranger(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(port);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    timeval patience{10, 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
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

 private:
  int fd_;
  wire::FrameParser parser_;
};

wire::Hello hello_of_a(Incarnation incarnation) {
  wire::Hello hello;
  hello.cluster = "shop";
  hello.node = "a";
  hello.peer = "b";
  hello.incarnation = incarnation;
  hello.membership_hash = 77;
  hello.window = 1 << 20;
  return hello;
}

wire::Bytes bytes_of(const wire::Hello& hello) {
  wire::Bytes out;
  append(out, hello);
  return out;
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

}  // namespace

TEST_CASE("a call travels to another node and its answer comes back") {
  Two t;
  auto waiter = make_counted<Waiter>();
  auto call = call_to("sku-1", 1, 64);
  call->reply_to = waiter;

  REQUIRE(t.a->links().send(0, wire::EnvelopePtr(call)));

  CHECK(waiter->wait().get() == call.get());
  CHECK(!call->error);
  CHECK(data_in(call->results) == std::string(64, 'x'));
  const auto status = t.a->links().status();
  CHECK(status.at(0).up);
  CHECK(status[0].peer == "b");
  CHECK(status[0].frames_out >= 1);
  CHECK(status[0].pending_calls == 0);
}

TEST_CASE("calls go both ways on one connection, large ones too") {
  Two t;
  auto waiter = make_counted<Waiter>();
  auto call = call_to("sku-1", 1, 20u << 20);
  call->reply_to = waiter;

  REQUIRE(t.b->links().send(0, wire::EnvelopePtr(call)));

  waiter->wait();
  CHECK(!call->error);
  CHECK(data_in(call->results).size() == 20u << 20);
}

TEST_CASE("links bind to loopback alone and say that TLS is missing") {
  Listening l;

  for (const char* host : {"0.0.0.0", "192.168.1.1", "example.org", "::", ""}) {
    auto bound = l.b.links().listen(host, 0);
    REQUIRE(!bound);
    CHECK(bound.error().kind() == ErrorKind::invalid);
    CHECK(bound.error().message().find("TLS") != std::string::npos);
  }
  CHECK(!l.b.links().add_peer({"x", "10.0.0.1", 1}));
}

TEST_CASE("a port in use is named") {
  Listening l;

  auto bound = l.b.links().listen("127.0.0.1", l.port);

  REQUIRE(!bound);
  CHECK(bound.error().message().find("port " + std::to_string(l.port) + " is in use") != std::string::npos);
}

TEST_CASE("a peer is named once, and never the node itself") {
  Listening l;

  CHECK(!l.b.links().add_peer({"a", "127.0.0.1", 2}));
  CHECK(!l.b.links().add_peer({"b", "127.0.0.1", 2}));
  CHECK(!l.b.links().add_peer({"", "127.0.0.1", 2}));
}

TEST_CASE("a call without a link is refused as unavailable") {
  Listening l;

  auto sent = l.b.links().send(0, call_to("sku-1", 1));
  auto nobody = l.b.links().send(9, call_to("sku-1", 1));

  REQUIRE(!sent);
  CHECK(sent.error().kind() == ErrorKind::unavailable);
  CHECK(!sent.error().may_have_run());
  REQUIRE(!nobody);
  CHECK(nobody.error().kind() == ErrorKind::invalid);
}

TEST_CASE("garbage and HTTP are cut and logged") {
  Listening l;
  Stranger browser(l.port), noise(l.port);

  browser.say("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  noise.say(std::string(4096, '\xff'));

  CHECK(browser.is_cut());
  CHECK(noise.is_cut());
  CHECK(l.b.logged("refused a link from 127.0.0.1"));
}

TEST_CASE("before the handshake no frame may be long, and none but a hello may come") {
  Listening l;
  Stranger longwinded(l.port), hasty(l.port);
  wire::Bytes large, early;
  append_call(large, *call_to("sku-1", 1, 5000), 1, {});
  append_call(early, *call_to("sku-1", 1), 1, {});

  longwinded.say(large);
  hasty.say(early);

  CHECK(longwinded.is_cut());
  CHECK(hasty.is_cut());
  CHECK(l.b.logged("4096 allowed"));
  CHECK(l.b.logged("a call instead of a handshake"));
  CHECK(l.b.calls == 0);
}

TEST_CASE("a wrong hello is refused with the reason, which is logged") {
  struct Case {
    void (*spoil)(wire::Hello&);
    std::string reason;
  };
  const Case cases[] = {
      {[](wire::Hello& h) { h.cluster = "bank"; }, "cluster 'bank'"},
      {[](wire::Hello& h) { h.version = wire::kProtocolVersion + 1; },
       "protocol version " + std::to_string(wire::kProtocolVersion + 1)},
      {[](wire::Hello& h) { h.membership_hash = 1; }, "different lists of nodes"},
      {[](wire::Hello& h) { h.node = "mallory"; }, "not a member"},
  };
  Listening l;
  for (const Case& c : cases) {
    auto hello = hello_of_a(1);
    c.spoil(hello);
    Stranger stranger(l.port);

    stranger.say(bytes_of(hello));
    auto answer = stranger.hear();

    REQUIRE(answer);
    CHECK(answer->kind == wire::FrameKind::refuse);
    CHECK(wire::read_reason(answer->frame())->find(c.reason) != std::string::npos);
    CHECK(stranger.is_cut());
    CHECK(l.b.logged(c.reason));
  }
  CHECK(l.b.ups == 0);
}

TEST_CASE("a newer incarnation replaces a link, an older one is refused") {
  Listening l;
  Stranger first(l.port);
  first.say(bytes_of(hello_of_a(5)));
  REQUIRE(first.hear()->kind == wire::FrameKind::welcome);

  Stranger second(l.port);
  second.say(bytes_of(hello_of_a(6)));
  REQUIRE(second.hear()->kind == wire::FrameKind::welcome);
  CHECK(first.is_cut());
  Stranger stale(l.port);
  stale.say(bytes_of(hello_of_a(5)));

  CHECK(stale.hear()->kind == wire::FrameKind::refuse);
  CHECK(l.b.logged("incarnation 5 of node a is over"));
  CHECK(l.b.peer_incarnation == 6);
  CHECK(l.b.links().status().at(0).up);
}

TEST_CASE("a connection that does not finish its handshake is cut") {
  Listening l([](LinkOptions& o) { o.handshake = 20ms; });
  Stranger silent(l.port);

  CHECK(silent.is_cut());
  CHECK(l.b.logged("no handshake in 20 ms"));
}

TEST_CASE("connections that have not shaken hands are limited") {
  Listening l([](LinkOptions& o) { o.max_half_open = 2; });
  Stranger one(l.port), two(l.port), three(l.port);

  CHECK(three.is_cut());
  CHECK(l.b.logged("2 others have not finished"));
}

TEST_CASE("refusals do not fill the log") {
  Listening l;

  for (int i = 0; i < 30; ++i) {
    Stranger stranger(l.port);
    stranger.say("nonsense");
    CHECK(stranger.is_cut());
  }

  CHECK(l.b.lines.size() <= 12);
}

TEST_CASE("a peer that falls silent is cut") {
  Listening l([](LinkOptions& o) {
    o.heartbeat = 5ms;
    o.silence = 30ms;
  });
  Stranger mute(l.port);
  mute.say(bytes_of(hello_of_a(1)));
  REQUIRE(mute.hear()->kind == wire::FrameKind::welcome);

  CHECK(mute.hear()->kind == wire::FrameKind::ping);
  CHECK(mute.is_cut());
  CHECK(l.b.wait([&] { return l.b.downs == 1; }));
  CHECK(l.b.down_why.find("silent") != std::string::npos);
}

TEST_CASE("a dead peer gives its calls back, and its next run is found again") {
  Two t;
  t.b->keep_calls = true;
  auto call = call_to("sku-1", 1);
  REQUIRE(t.a->links().send(0, wire::EnvelopePtr(call)));
  REQUIRE(t.b->wait([&] { return t.b->kept.size() == 1; }));

  t.b->leave();
  REQUIRE(t.a->wait([&] { return t.a->downs == 1; }));
  REQUIRE(t.a->lost.size() == 1);
  CHECK(t.a->lost[0].call.get() == call.get());
  CHECK(t.a->lost[0].may_have_left);
  wire::answer(t.b->kept[0]);  // too late: nobody is there to send it
  Node again(t.engine, "b", 2);
  again.links().add_peer({"a", "127.0.0.1", 1}).value();
  REQUIRE(again.links().listen("127.0.0.1", t.port));

  CHECK(t.a->wait([&] { return t.a->ups == 2; }));
  CHECK(t.a->peer_incarnation == 2);
}

TEST_CASE("a connection that breaks is a link that is down") {
  Listening l;
  {
    Stranger killed(l.port);
    killed.say(bytes_of(hello_of_a(1)));
    REQUIRE(killed.hear()->kind == wire::FrameKind::welcome);
    REQUIRE(l.b.wait([&] { return l.b.ups == 1; }));
  }

  CHECK(l.b.wait([&] { return l.b.downs == 1; }));
  CHECK(l.b.down_why.find("closed by the other side") != std::string::npos);
}

TEST_CASE("a stopped node says goodbye and gives everything back") {
  Two t;

  t.b->stop();

  CHECK(t.a->wait([&] { return t.a->downs == 1; }));
  CHECK(t.a->down_why.find("node b stops") != std::string::npos);
  CHECK(!t.b->links().send(0, call_to("sku-1", 1)));
}
