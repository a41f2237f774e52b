// Links over a transport that seals and verifies names: calls, refusals, limits and ends go through it.
#include "net/link.h"
#include "net/link_table.h"
#include "sealed_stranger.h"

using namespace troupe;
using namespace troupe::net;
using namespace troupe::net::testing;

namespace {

constexpr const char* kSharedSecret = "a secret of thirty-two bytes or more";

void proves_a(LinkOptions& o) { o.transport = sealing({.proves = "a"}); }
void proves_b(LinkOptions& o) { o.transport = sealing({.proves = "b"}); }
void proves_c(LinkOptions& o) { o.transport = sealing({.proves = "c"}); }

// A stranger that holds a link here need not say that it lives.
void proves_b_patiently(LinkOptions& o) {
  proves_b(o);
  o.silence = 60s;
}

using Change = void (*)(LinkOptions&);

// "a" connects to "b".
struct Ends {
  engine::Engine engine{engine::EngineOptions{}};
  Node a;
  Node b;

  explicit Ends(Change change_a = proves_a, Change change_b = proves_b, Relay* between = nullptr)
      : a(engine, "a", 1, change_a), b(engine, "b", 1, change_b) {
    b.links().add_peer({"a", "127.0.0.1", 1}).value();
    const auto port = b.links().listen("127.0.0.1", 0).value();
    if (between) between->pass_to(port);
    a.links().add_peer({"b", "127.0.0.1", between ? between->port : port}).value();
    a.links().connect();
  }
  [[nodiscard]] bool are_up() {
    return a.wait([this] { return a.ups == 1; }) && b.wait([this] { return b.ups == 1; });
  }
};

// The bytes that come back from a call to node `from`'s only peer.
std::string called(Node& from, std::size_t bytes) {
  auto waiter = make_counted<Waiter>();
  auto call = call_to("sku-1", 1, bytes);
  call->reply_to = waiter;
  REQUIRE(from.links().send(0, wire::EnvelopePtr(call)));
  waiter->wait();
  REQUIRE(!call->error);
  return data_in(call->results);
}

// A listener that takes no part in anything.
struct Idle {
  int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  std::uint16_t port = 0;
  Idle() {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    REQUIRE(::bind(fd, reinterpret_cast<sockaddr*>(&at), size) == 0);
    REQUIRE(::listen(fd, 8) == 0);
    REQUIRE(::getsockname(fd, reinterpret_cast<sockaddr*>(&at), &size) == 0);
    port = ntohs(at.sin_port);
  }
  ~Idle() { ::close(fd); }
};

wire::Bytes credit_of(std::uint64_t bytes) {
  wire::Bytes out;
  append_number(out, wire::FrameKind::credit, bytes);
  return out;
}

}  // namespace

TEST_CASE("calls go both ways through a transport that seals, large ones too") {
  Ends t;
  REQUIRE(t.are_up());

  CHECK(called(t.a, 64) == std::string(64, 'x'));
  CHECK(called(t.b, 64) == std::string(64, 'x'));
  CHECK(called(t.a, 8u << 20) == std::string(8u << 20, 'x'));
  CHECK(called(t.b, 8u << 20) == std::string(8u << 20, 'x'));
  CHECK(t.a.downs == 0);
}

TEST_CASE("calls go through a transport that seals whose bytes come one at a time, and none of them is in clear") {
  Relay relay;
  {
    Ends t(proves_a, proves_b, &relay);
    REQUIRE(t.are_up());

    CHECK(called(t.a, 64) == std::string(64, 'x'));
    CHECK(called(t.b, 100'000) == std::string(100'000, 'x'));
  }

  CHECK(!relay.has_seen("sku-1"));
  CHECK(!relay.has_seen("xxxxxxxx"));
  CHECK(!relay.has_seen("shop"));
}

TEST_CASE("the same words are in clear on a plain link") {
  Relay relay;
  const auto plain = [](LinkOptions&) {};
  {
    Ends t(plain, plain, &relay);
    REQUIRE(t.are_up());
    called(t.a, 64);
  }

  CHECK(relay.has_seen("sku-1"));
  CHECK(relay.has_seen("shop"));
}

TEST_CASE("a node that connects under another name than it has proved is refused, and both sides say both names") {
  Ends t(proves_c, proves_b);

  const std::string words = "what says that it is node 'a' has proved that it is node 'c'";
  CHECK(t.b.logged(words));
  CHECK(t.a.logged("refuses the link: " + words));
  CHECK(t.a.ups + t.b.ups == 0);
}

TEST_CASE("a node that answers under another name than it has proved gets no link") {
  Ends t(proves_a, proves_c);

  CHECK(t.a.logged("what says that it is node 'b' has proved that it is node 'c'"));
  CHECK(t.a.ups + t.b.ups == 0);
}

TEST_CASE("a transport that verifies no name leaves it to the secret, and one that does leaves it to both") {
  const auto a = [](LinkOptions& o) {
    o.transport = sealing({.proves = "c", .verifies = false});
    o.secret = secret_of(kSharedSecret);
  };
  const auto b = [](LinkOptions& o) {
    o.transport = sealing({.proves = "b", .verifies = false});
    o.secret = secret_of(kSharedSecret);
  };
  const auto other = [](LinkOptions& o) {
    o.transport = sealing({.proves = "a"});
    o.secret = secret_of("another secret, which is as long as that");
  };

  Ends same(a, b);
  CHECK(same.are_up());
  Ends different(other, b);
  CHECK(different.b.logged("does not have the secret of node 'b'"));
  CHECK(different.b.ups == 0);
}

TEST_CASE("an error of the transport cuts the link with its text, and the other side hears its alert") {
  Listening l(proves_b);
  SealedStranger broken(l.port, "a"), noise(l.port, "a");
  REQUIRE(shake_hands(broken, 1));
  REQUIRE(l.b.wait([&] { return l.b.ups == 1; }));

  broken.say_raw(std::string(2000, '\1'));
  noise.say_raw(std::string(2000, '\1'));

  CHECK(broken.is_cut());
  CHECK(broken.last_word().find("damaged") != std::string::npos);
  CHECK(l.b.wait([&] { return l.b.downs == 1; }));
  CHECK(l.b.down_why == "a record is damaged");
  CHECK(noise.is_cut());
  CHECK(l.b.logged("refused a link from 127.0.0.1"));
}

TEST_CASE("a peer whose transport denies this node is refused before it says hello") {
  Listening l(proves_b);
  SealedStranger denies(l.port, "a");

  denies.say_record(Record::alert, "unknown authority");

  CHECK(denies.is_cut());
  CHECK(l.b.logged("refused a link from 127.0.0.1"));
  CHECK(l.b.logged("the other side's transport says: unknown authority"));
}

TEST_CASE("a transport that cannot seal any more ends its link with the reason") {
  Ends at_once([](LinkOptions& o) { o.transport = sealing({.proves = "a", .seals_at_most = 0}); }, proves_b);
  Listening later([](LinkOptions& o) {
    o.transport = sealing({.proves = "b", .seals_at_most = 50'000});
    o.silence = 60s;
  });
  SealedStranger says_nothing(later.port, "a");
  REQUIRE(shake_hands(says_nothing, 1));
  REQUIRE(later.b.wait([&] { return later.b.ups == 1; }));

  REQUIRE(later.b.links().send(0, call_to("sku-1", 1, 60'000)));

  CHECK(at_once.a.logged("it has no more keys"));
  CHECK(at_once.a.ups == 0);
  CHECK(later.b.wait([&] { return later.b.downs == 1; }));
  CHECK(later.b.down_why == "it has no more keys");
  CHECK(later.b.lost.size() == 1);
}

TEST_CASE("a transport that cannot begin leaves no link, on the side that connects and on the one that accepts") {
  const auto unable = [](LinkOptions& o) { o.transport = sealing({.proves = "?", .cannot_begin = true}); };
  Listening l(unable);
  Stranger stranger(l.port);
  Ends t(unable, proves_b);

  CHECK(stranger.is_cut());
  CHECK(l.b.logged("it has no certificate"));
  CHECK(t.b.logged("closed by the other side"));
  CHECK(t.a.links().status().at(0).last_error == "it has no certificate");
}

TEST_CASE("frames that a transport brings before it knows who says them are not taken") {
  Listening l([](LinkOptions& o) { o.transport = sealing({.proves = "b", .eager = true}); });
  SealedStranger hasty(l.port, "a");
  const wire::Bytes hello = bytes_of(hello_of_a(1));

  hasty.say_record(Record::data, std::string(hello.begin(), hello.end()));

  CHECK(hasty.is_cut());
  CHECK(l.b.logged("has not verified"));
}

TEST_CASE("a transport's handshake that does not end is cut when the link's time for it is over") {
  static constexpr auto kShort = 20ms;
  Listening accepts([](LinkOptions& o) {
    o.transport = sealing({.proves = "b", .mute = true});
    o.handshake = kShort;
  });
  SealedStranger waits(accepts.port, "a");
  Idle idle;
  Node connects(accepts.engine, "a", 1, [](LinkOptions& o) {
    proves_a(o);
    o.handshake = kShort;
  });
  connects.links().add_peer({"b", "127.0.0.1", idle.port}).value();
  connects.links().connect();

  CHECK(!waits.establish());
  CHECK(accepts.b.logged("no handshake in 20 ms"));
  CHECK(connects.logged("no handshake in 20 ms"));
}

TEST_CASE("who sends much while others' handshakes begin is cut, and what those who wait said is not lost") {
  Listening l(proves_b);
  // Of a record that does not end; a session waits for the rest.
  wire::Bytes endless = {'\xff', '\xff', static_cast<char>(Record::greeting)};
  endless.resize(kMaxEarlyBytes + 1, 'x');
  std::vector<std::unique_ptr<Stranger>> crowd;

  bool cut = false;
  for (int tries = 0; tries < 100 && !cut; ++tries) {
    crowd.clear();
    for (int i = 0; i < 2 * kHandshakesPerTick; ++i) {
      crowd.push_back(std::make_unique<Stranger>(l.port));
      (void)::send(crowd.back()->fd(), endless.data(), endless.size(), MSG_NOSIGNAL);
    }
    cut = l.b.lines.come_to_say("bytes before its handshake began", 100ms);
  }
  CHECK(cut);
  std::vector<std::unique_ptr<SealedStranger>> honest;
  for (int i = 0; i < 2 * kHandshakesPerTick; ++i) honest.push_back(std::make_unique<SealedStranger>(l.port, "a"));

  for (auto& one : honest) CHECK(one->establish());
}

TEST_CASE("what is sealed and not written counts: a peer that grants credit and does not read is sent no more") {
  constexpr std::uint64_t kMuch = 64u << 20;
  Listening l(proves_b_patiently);
  SealedStranger greedy(l.port, "a");
  REQUIRE(shake_hands(greedy, 1));
  REQUIRE(l.b.wait([&] { return l.b.ups == 1; }));

  const auto status = [&] { return l.b.links().status().at(0); };
  std::uint64_t granted = 0, sent = 0;
  do {
    sent = status().bytes_out;
    const auto heard = status().frames_in;
    greedy.say(credit_of(sent - granted));
    granted = sent;
    while (status().frames_in == heard && status().up) REQUIRE(l.b.links().tick_now());
    while (l.b.links().send(0, call_to("sku-1", 1, 60'000))) {
    }
    REQUIRE(l.b.links().tick_now());
  } while (status().bytes_out != sent && sent < kMuch);

  CHECK(status().up);
  CHECK(sent < kMuch);
  CHECK(sent > kMaxUnwrittenBytes);
  CHECK(status().backlog_bytes > 0);
}

TEST_CASE("a peer that asks the transport itself for bytes and does not read them is cut") {
  Listening l(proves_b_patiently);
  SealedStranger asks(l.port, "a");
  REQUIRE(shake_hands(asks, 1));
  REQUIRE(l.b.wait([&] { return l.b.ups == 1; }));

  for (int i = 0; i < 10'000 && l.b.links().status().at(0).up; ++i)
    asks.say_record(Record::asks, std::string(10'000, 'n'));

  CHECK(l.b.wait([&] { return l.b.downs == 1; }));
  CHECK(l.b.down_why.find("it does not read") != std::string::npos);
}

TEST_CASE("a node that stops says goodbye through its transport, whose last word follows") {
  Listening l(proves_b);
  SealedStranger peer(l.port, "a");
  REQUIRE(shake_hands(peer, 1));

  l.b.stop();
  auto last = peer.hear();
  for (auto next = last; next; next = peer.hear()) last = next;

  REQUIRE(last);
  CHECK(last->kind == wire::FrameKind::goodbye);
  CHECK(wire::read_reason(last->frame())->find("node b stops") != std::string::npos);
  CHECK(peer.last_word().find("last word") != std::string::npos);
}

TEST_CASE("a goodbye that comes together with the transport's last word is heard") {
  Ends t;
  REQUIRE(t.are_up());

  t.b.stop();

  CHECK(t.a.wait([&] { return t.a.downs == 1; }));
  CHECK(t.a.down_why.find("the peer said goodbye: node b stops") != std::string::npos);
}

TEST_CASE("a refusal goes through the transport, and so does its last word") {
  Listening l(proves_b);
  SealedStranger stranger(l.port, "mallory");
  auto hello = hello_of_a(1);
  hello.node = "mallory";

  stranger.say(bytes_of(hello));
  const auto answer = stranger.hear();

  REQUIRE(answer);
  CHECK(answer->kind == wire::FrameKind::refuse);
  CHECK(stranger.is_cut());
  CHECK(stranger.last_word().find("last word") != std::string::npos);
}

TEST_CASE("a transport that is safe elsewhere may listen and connect beyond loopback") {
  Listening l(proves_b);

  CHECK(l.b.links().listen("0.0.0.0", 0));
  CHECK(l.b.links().add_peer({"x", "10.0.0.1", 1}));
}
