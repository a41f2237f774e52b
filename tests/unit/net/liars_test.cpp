// Strangers that lie about who they are: nobody takes a member's place, or hears what is meant for it.
#include <thread>

#include "link_stage.h"
#include "net/link.h"

using namespace troupe;
using namespace troupe::net;
using namespace troupe::net::testing;

namespace {

constexpr const char* kSecret = "a secret of thirty-two bytes or more";

void keeps_secret(LinkOptions& options) { options.secret = secret_of(kSecret); }
void keeps_another(LinkOptions& options) { options.secret = secret_of("another secret, which is as long as that"); }

// Node "a", which is to find "b" at a port where a stranger listens.
struct Deceived {
  engine::Engine engine{engine::EngineOptions{}};
  int listener = ::socket(AF_INET, SOCK_STREAM, 0);
  Node a{engine, "a", 1, keeps_secret};

  Deceived() {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    REQUIRE(::bind(listener, reinterpret_cast<sockaddr*>(&at), size) == 0);
    REQUIRE(::listen(listener, 8) == 0);
    REQUIRE(::getsockname(listener, reinterpret_cast<sockaddr*>(&at), &size) == 0);
    a.links().add_peer({"b", "127.0.0.1", ntohs(at.sin_port)}).value();
    a.links().connect();
  }
  ~Deceived() { ::close(listener); }
  [[nodiscard]] Stranger::Accepted accept() const { return {::accept(listener, nullptr, nullptr)}; }
};

}  // namespace

TEST_CASE("nodes with the same secret have a link, and a node with another is refused and told so") {
  Listening l(keeps_secret);
  {
    Node impostor(l.engine, "a", 1'000'000, keeps_another);
    impostor.links().add_peer({"b", "127.0.0.1", l.port}).value();
    impostor.links().connect();
    CHECK(impostor.logged("refuses the link"));
    CHECK(l.b.logged("does not have the secret of node 'b'"));
    CHECK(impostor.ups == 0);
  }

  Node a(l.engine, "a", 1, keeps_secret);  // which no false incarnation shut out
  a.links().add_peer({"b", "127.0.0.1", l.port}).value();
  a.links().connect();

  CHECK(a.wait([&] { return a.ups == 1; }));
  CHECK(l.b.peer_incarnation == 1);
}

TEST_CASE("a node without the cluster's secret is told that it needs it") {
  Listening l(keeps_secret);
  Node a(l.engine, "a", 1);
  a.links().add_peer({"b", "127.0.0.1", l.port}).value();
  a.links().connect();

  CHECK(a.logged("'b' alone has a secret; give all nodes of the cluster the same link_secret"));
  CHECK(l.b.ups == 0);
}

TEST_CASE("a proof that was overheard is worth nothing on another connection") {
  Listening l(keeps_secret);
  const LinkOptions self = member("a", 1, kSecret);
  wire::Bytes hello, proof;
  Stranger honest(l.port), thief(l.port);
  Handshake handshake(
      self, [](auto&) { return KnownPeer{}; }, "b", hello);
  honest.say(hello);
  REQUIRE(handshake.take(honest.hear()->frame(), proof));

  thief.say(hello);
  REQUIRE(thief.hear()->kind == wire::FrameKind::challenge);
  thief.say(proof);

  CHECK(thief.hear()->kind == wire::FrameKind::refuse);
  CHECK(l.b.ups == 0);
  honest.say(proof);
  CHECK(honest.hear()->kind == wire::FrameKind::welcome);
}

TEST_CASE("who listens in a member's place and sends its words back hears no calls") {
  Deceived d;
  Stranger mirror(d.accept());
  const auto hello = wire::read_hello(mirror.hear()->frame()).value();
  wire::Bytes out;
  append(out, wire::Challenge{
                  .node = "b", .incarnation = 1, .window = kMinWindowBytes, .nonce = hello.nonce, .has_secret = true});
  mirror.say(std::exchange(out, {}));
  const auto proof = wire::read_proof(mirror.hear()->frame()).value();
  append_proof(out, wire::FrameKind::welcome, proof);
  mirror.say(out);

  CHECK(mirror.is_cut());
  CHECK(d.a.logged("does not have the secret of node 'a'"));
  CHECK(d.a.ups == 0);
}

TEST_CASE("who listens in a member's place and knows no secret hears no calls") {
  Deceived d;
  Stranger listener(d.accept());
  REQUIRE(listener.hear()->kind == wire::FrameKind::hello);
  wire::Bytes out;
  append(out, wire::Challenge{.node = "b", .incarnation = 1, .window = kMinWindowBytes});
  listener.say(out);

  CHECK(listener.is_cut());
  CHECK(d.a.logged("'a' alone has a secret"));
  CHECK(d.a.ups == 0);
}

TEST_CASE("a member that lives keeps its link, whatever incarnation another claims") {
  Two t;
  Stranger usurper(t.port);

  CHECK(!shake_hands(usurper, 1'000));

  CHECK(t.b->logged("node a has a link, and it lives"));
  CHECK(t.b->downs == 0);
  CHECK(t.b->peer_incarnation == 1);
}

TEST_CASE("a link that does not answer makes way for its node's next connection") {
  Listening l([](LinkOptions& o) { o.probe = 20ms; });
  Stranger dead(l.port);
  REQUIRE(shake_hands(dead, 5));
  Stranger next(l.port);

  CHECK(shake_hands(next, 6));
  CHECK(dead.is_cut());
  CHECK(l.b.wait([&] { return l.b.peer_incarnation == 6; }));
  CHECK(l.b.down_why.find("said nothing for 20 ms") != std::string::npos);
}

TEST_CASE("of two connections that want a node's link at once the first is heard") {
  Listening l([](LinkOptions& o) { o.probe = o.heartbeat = o.silence = 60s; });
  Stranger silent(l.port), first(l.port), second(l.port);
  REQUIRE(shake_hands(silent, 1));
  const LinkOptions self = member("a", 2);
  wire::Bytes out;
  Handshake handshake(
      self, [](auto&) { return KnownPeer{}; }, "b", out);
  first.say(std::exchange(out, {}));
  REQUIRE(handshake.take(first.hear()->frame(), out));
  first.say(out);
  REQUIRE(l.b.wait([&] { return l.b.ups == 1; }));
  while (silent.hear()->kind != wire::FrameKind::ping) {
  }  // the probe: the first waits now

  CHECK(!shake_hands(second, 3));

  CHECK(l.b.logged("another connection of node a came before it"));
}

TEST_CASE("a connection that waits for its node's link has it when that ends") {
  Listening l([](LinkOptions& o) { o.probe = o.heartbeat = o.silence = 60s; });
  auto silent = std::make_unique<Stranger>(l.port);
  Stranger next(l.port);
  REQUIRE(shake_hands(*silent, 1));
  std::jthread leaves([&] {
    while (silent->hear()->kind != wire::FrameKind::ping) {
    }
    silent.reset();
  });

  CHECK(shake_hands(next, 2));
}

TEST_CASE("a node whose versions do not meet those of its peer is told both ranges and both names") {
  Listening l;
  auto old = hello_of_a(1);
  old.protocol = {2, 3, 0};
  Stranger stranger(l.port);
  stranger.say(bytes_of(old));

  const auto answer = stranger.hear();

  REQUIRE(answer);
  REQUIRE(answer->kind == wire::FrameKind::refuse);
  CHECK(
      wire::read_reason(answer->frame())
          ->find("node 'a' speaks protocol versions 2 to 3, node 'b' versions 4 to 5, and they have none in common") !=
      std::string::npos);
}
