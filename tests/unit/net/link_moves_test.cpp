// A link that grows old moves to another connection, and nobody notices; what cannot move is cut; who says `moves`
// where nothing moves breaks the protocol.
#include <atomic>
#include <thread>

#include "net/link.h"
#include "sealed_stranger.h"

using namespace troupe;
using namespace troupe::net;
using namespace troupe::net::testing;

namespace {

constexpr std::chrono::milliseconds kOften{80};

void ages(LinkOptions& o) {
  o.max_age = kOften;
  o.backoff_min = 2ms;
}
void ages_sealed_a(LinkOptions& o) {
  ages(o);
  o.transport = sealing({.proves = "a"});
}
void ages_sealed_b(LinkOptions& o) {
  ages(o);
  o.transport = sealing({.proves = "b"});
}
void ages_and_cannot_move(LinkOptions& o) {
  ages(o);
  o.handshake = 50ms;
  o.protocol.features = 0;
}
void ages_later(LinkOptions& o) {
  o.max_age = 60s;
  o.handshake = 200ms;
}

using Changes = void (*)(LinkOptions&);

struct Moving {
  engine::Engine engine{engine::EngineOptions{}};
  Node a, b;
  Moving(Changes change_a, Changes change_b) : a(engine, "a", 1, change_a), b(engine, "b", 1, change_b) {
    b.links().add_peer({"a", "127.0.0.1", 1}).value();
    a.links().add_peer({"b", "127.0.0.1", b.links().listen("127.0.0.1", 0).value()}).value();
    a.links().connect();
  }
};

// How many calls of `bytes` that went out one after the other came back in order and whole.
struct Calls {
  std::atomic<int> good{0}, bad{0};
  void make(Node& from, std::size_t bytes, const std::atomic<bool>& stop, std::atomic<std::uint64_t>& ids) {
    while (!stop) {
      auto waiter = make_counted<Waiter>();
      auto call = call_to("sku-1", ids++, bytes);
      call->reply_to = waiter;
      if (!from.links().send(0, wire::EnvelopePtr(call))) {
        ++bad;
        continue;
      }
      waiter->wait();
      !call->error&& data_in(call->results) == std::string(bytes, 'x') ? ++good : ++bad;
    }
  }
};

void move_under_load(Changes change_a, Changes change_b) {
  Moving m(change_a, change_b);
  REQUIRE(m.a.wait([&] { return m.a.ups == 1; }));
  REQUIRE(m.b.wait([&] { return m.b.ups == 1; }));
  std::atomic<bool> stop{false};
  std::atomic<std::uint64_t> ids{1};
  Calls calls;
  std::vector<std::thread> callers;
  for (Node* from : {&m.a, &m.b})
    for (const std::size_t bytes : {std::size_t{8}, std::size_t{200'000}})
      callers.emplace_back([&, from, bytes] { calls.make(*from, bytes, stop, ids); });

  for (int i = 0; i < 5000 && m.a.links().moved() < 20 && m.a.downs == 0; ++i) ::poll(nullptr, 0, 2);
  stop = true;
  for (auto& caller : callers) caller.join();

  CHECK(m.a.links().moved() >= 20);
  CHECK(calls.bad == 0);
  CHECK(calls.good > 20);
  CHECK(m.a.ups == 1);
  CHECK(m.b.ups == 1);
  CHECK(m.a.downs + m.b.downs == 0);
}

wire::Bytes moves_frame() {
  wire::Bytes out;
  append_number(out, wire::FrameKind::moves, 0);
  return out;
}

void ages_and_is_impatient(LinkOptions& o) {
  ages(o);
  o.handshake = 300ms;
}

// Listens in the place of node "b", and welcomes node "a" as often as it connects.
class InPlaceOfB {
 public:
  InPlaceOfB() {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    const timeval patience{10, 0};
    setsockopt(listener_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    REQUIRE(::bind(listener_, reinterpret_cast<sockaddr*>(&at), size) == 0);
    REQUIRE(::listen(listener_, 4) == 0);
    REQUIRE(::getsockname(listener_, reinterpret_cast<sockaddr*>(&at), &size) == 0);
    port = ntohs(at.sin_port);
  }
  ~InPlaceOfB() { ::close(listener_); }
  InPlaceOfB(const InPlaceOfB&) = delete;

  [[nodiscard]] std::unique_ptr<Stranger> welcome_next() {
    auto next = std::make_unique<Stranger>(Stranger::Accepted{::accept(listener_, nullptr, nullptr)});
    const LinkOptions self = member("b", 1);
    Handshake handshake(self, [](auto&) { return KnownPeer{}; });
    for (bool proved = false; !proved;) {
      const auto heard = next->hear();
      REQUIRE(heard);
      wire::Bytes out;
      proved = handshake.take(heard->frame(), out).value();
      if (proved) handshake.welcome(out);
      next->say(out);
    }
    return next;
  }

  std::uint16_t port = 0;

 private:
  const int listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
};

// Node "a", which has begun to move its link from `old` to `next` and has said so.
struct HalfMoved {
  InPlaceOfB place;
  engine::Engine engine{engine::EngineOptions{}};
  Node a{engine, "a", 1, ages_and_is_impatient};
  std::unique_ptr<Stranger> old, next;
  HalfMoved() {
    a.links().add_peer({"b", "127.0.0.1", place.port}).value();
    a.links().connect();
    old = place.welcome_next();
    next = place.welcome_next();
    for (auto heard = old->hear(); heard && heard->kind != wire::FrameKind::moves;) heard = old->hear();
  }
};

}  // namespace

TEST_CASE("a plain link moves again and again under load of both sides, and no call is lost or answered twice") {
  move_under_load(ages, ages);
}

TEST_CASE("a link whose transport seals moves under load of both sides, and no call is lost") {
  move_under_load(ages_sealed_a, ages_sealed_b);
}

TEST_CASE("a link that cannot move is cut when it is as old as it may be, and comes up anew") {
  Moving m(ages_and_cannot_move, ages_and_cannot_move);

  CHECK(m.a.wait([&] { return m.a.downs >= 1 && m.a.ups >= 2; }));
  CHECK(m.a.lines.come_to_say("(max_link_age), and could not be renewed"));
  CHECK(m.a.links().moved() == 0);
}

TEST_CASE("a connection that takes over a link that is not there, or another run's, is refused") {
  Listening l;
  {
    Stranger none(l.port);
    CHECK(!shake_hands(none, 1, "", true));
    CHECK(l.b.logged("there is no link that could move"));
  }
  Stranger link(l.port), other(l.port);
  REQUIRE(shake_hands(link, 1));

  CHECK(!shake_hands(other, 2, "", true));
  CHECK(l.b.logged("the link is another one's"));
  CHECK(l.b.downs == 0);
}

TEST_CASE("a peer that moves a link to no connection is cut") {
  Listening l;
  Stranger peer(l.port);
  REQUIRE(shake_hands(peer, 1));

  peer.say(moves_frame());

  CHECK(l.b.wait([&] { return l.b.downs == 1; }));
  CHECK(l.b.down_why.find("it moves a link to no connection") != std::string::npos);
}

TEST_CASE("a link whose peer begins to move it and goes no further is cut in the time of a handshake") {
  Listening l(ages_later);
  Stranger old(l.port), next(l.port);
  REQUIRE(shake_hands(old, 1));
  REQUIRE(shake_hands(next, 1, "", true));

  old.say(moves_frame());

  CHECK(l.b.wait([&] { return l.b.downs == 1; }));
  CHECK(l.b.down_why.find("did not move to its new connection in 200 ms") != std::string::npos);
}

TEST_CASE("a new connection that is never moved to goes, and the link stays") {
  Listening l(ages_later);
  Stranger old(l.port), next(l.port);
  REQUIRE(shake_hands(old, 1));
  REQUIRE(shake_hands(next, 1, "", true));

  CHECK(next.is_cut());
  CHECK(l.b.logged("no handshake in 200 ms"));
  CHECK(l.b.downs == 0);
}

TEST_CASE("a link whose new connection breaks in the middle of its move is lost, and its calls come back") {
  HalfMoved m;
  REQUIRE(m.a.links().send(0, call_to("sku-1", 7, 10)));

  m.next.reset();

  CHECK(m.a.wait([&] { return m.a.downs == 1; }));
  CHECK(m.a.down_why.find("the connection it moved to ended") != std::string::npos);
  CHECK(m.a.lost.size() == 1);
  CHECK(!m.a.lost[0].may_have_left);
}

TEST_CASE("a link is lost whose peer welcomes its new connection and does not go over to it") {
  HalfMoved m;

  CHECK(m.a.wait([&] { return m.a.downs == 1; }));
  CHECK(m.a.down_why.find("in 300 ms") != std::string::npos);
}

TEST_CASE("a link is lost whose old connection breaks in the middle of its move") {
  HalfMoved m;

  m.old.reset();

  CHECK(m.a.wait([&] { return m.a.downs == 1; }));
  CHECK(m.a.down_why.find("closed by the other side") != std::string::npos);
}
