// A node of the last version of the protocol and one of this version have a link, whichever of them connects.
#include "unit/net/last_version.h"

#include <capnp/any.h>
#include <capnp/message.h>
#include <doctest/doctest.h>

#include "unit/net/link_stage.h"

using namespace troupe;
using namespace troupe::net;
using namespace troupe::net::testing;

namespace old = troupe::net::last_version;

namespace {

const PeerLookup kKnowsAll = [](auto&) { return KnownPeer{}; };

KeptFrame first_frame_of(const wire::Bytes& bytes) {
  FrameKeeper keeper;
  wire::FrameParser().feed(bytes, keeper).value();
  return keeper.frames.at(0);
}

std::span<const char> header_of(const KeptFrame& frame) {
  return {reinterpret_cast<const char*>(frame.header.data()), frame.header.size() * sizeof(capnp::word)};
}

// What a reader that knows `data_words` and `pointers` of a header sees of it.
struct Seen {
  std::vector<unsigned char> data;
  std::vector<std::string> pointers;
  bool operator==(const Seen&) const = default;
};
Seen as_seen(const wire::Bytes& bytes, std::size_t data_words, unsigned pointers) {
  const KeptFrame frame = first_frame_of(bytes);
  const kj::ArrayPtr<const capnp::word> segment(frame.header.data(), frame.header.size());
  capnp::SegmentArrayMessageReader message(kj::arrayPtr(&segment, 1));
  auto root = message.getRoot<capnp::AnyStruct>();
  const auto data = root.getDataSection();
  Seen out;
  REQUIRE(data.size() >= data_words * sizeof(capnp::word));
  out.data.assign(data.begin(), data.begin() + data_words * sizeof(capnp::word));
  for (unsigned i = 0; i < pointers; ++i) {
    const auto at = root.getPointerSection()[i].getAs<capnp::Data>();
    out.pointers.emplace_back(reinterpret_cast<const char*>(at.begin()), at.size());
  }
  return out;
}

LinkOptions member_of_golden(const std::string& name) { return member(name, name == "a" ? 10 : 20, old::kSecret); }

void speaks_last(LinkOptions& options) { options.protocol = {4, 4, 0}; }
void speaks_next(LinkOptions& options) { options.protocol = {5, 5, 0}; }
void speaks_now(LinkOptions&) {}
void has_secret(LinkOptions& options) { options.secret = secret_of(old::kSecret); }

// "a" connects to "b".
struct Mixed {
  Mixed(void (*change_a)(LinkOptions&), void (*change_b)(LinkOptions&))
      : a(engine, "a", 1, change_a), b(engine, "b", 1, change_b) {
    b.links().add_peer({"a", "127.0.0.1", 1}).value();
    const auto port = b.links().listen("127.0.0.1", 0).value();
    a.links().add_peer({"b", "127.0.0.1", port}).value();
    a.links().connect();
  }
  [[nodiscard]] bool up() {
    return a.wait([&] { return a.ups == 1; }) && b.wait([&] { return b.ups == 1; });
  }

  engine::Engine engine{engine::EngineOptions{}};
  Node a, b;
};

// A call there and back.
void call_from(Node& from, std::uint64_t id, std::size_t bytes) {
  auto waiter = make_counted<Waiter>();
  auto call = call_to("sku-1", id, bytes);
  call->caller = make_counted<SharedCaller>(Caller{.name = "ann", .roles = "clerk", .scopes = "read"});
  call->from_outside = true;
  call->reply_to = waiter;
  REQUIRE(from.links().send(0, wire::EnvelopePtr(call)));
  auto answer = waiter->wait();
  CHECK(!answer->error);
  CHECK(data_in(answer->results).size() == bytes);
}

}  // namespace

TEST_CASE("a node of the last version that connects has a link, and proves itself by its own words") {
  const LinkOptions self = member_of_golden("b");
  Handshake b(self, kKnowsAll);
  const wire::Bytes hello = old::bytes_of(old::kHello);
  wire::Bytes challenge, welcome;

  REQUIRE(b.take(first_frame_of(hello).frame(), challenge));
  const std::string said = old::said(old::header_of(hello), old::header_of(challenge));
  auto proved = b.take(first_frame_of(old::proof(old::kProof, Side::connects, said)).frame(), welcome);
  b.welcome(welcome);

  REQUIRE(proved);
  CHECK(*proved);
  CHECK(b.peer().protocol.version == 4);
  CHECK(b.peer().protocol.features == 0);
  CHECK(b.peer().clock == 1234567);
  CHECK(welcome == old::proof(old::kWelcome, Side::accepts, said));
}

TEST_CASE("a node of the last version that is connected to has a link, and is proved to in its own words") {
  const LinkOptions self = member_of_golden("a");
  wire::Bytes hello, proof, nothing;
  Handshake a(self, kKnowsAll, "b", hello);
  const wire::Bytes challenge = old::bytes_of(old::kChallenge);

  REQUIRE(a.take(first_frame_of(challenge).frame(), proof));
  const std::string said = old::said(old::header_of(hello), old::header_of(challenge));
  auto proved = a.take(first_frame_of(old::proof(old::kWelcome, Side::accepts, said)).frame(), nothing);

  REQUIRE(proved);
  CHECK(*proved);
  CHECK(a.peer().protocol.version == 4);
  CHECK(a.peer().incarnation == 20);
  CHECK(proof == old::proof(old::kProof, Side::connects, said));
}

TEST_CASE("the last version reads in a hello and a challenge of this one what it reads in its own") {
  wire::Hello hello = wire::read_hello(first_frame_of(old::bytes_of(old::kHello)).frame()).value();
  wire::Challenge challenge = wire::read_challenge(first_frame_of(old::bytes_of(old::kChallenge)).frame()).value();
  CHECK(hello.protocol.highest == 4);
  CHECK(challenge.protocol.lowest == 4);
  hello.protocol = challenge.protocol = {4, 5, ~wire::Features{0}};
  wire::Bytes new_hello, new_challenge;
  append(new_hello, hello);
  append(new_challenge, challenge);

  // It knows nothing of the highest version, which stands where its hello has only zeros.
  Seen seen = as_seen(new_hello, 6, 4);
  for (std::size_t i : {12, 13}) seen.data[i] = 0;
  CHECK(seen == as_seen(old::bytes_of(old::kHello), 6, 4));
  seen = as_seen(new_challenge, 4, 2);
  for (std::size_t i : {18, 19, 20, 21}) seen.data[i] = 0;
  CHECK(seen == as_seen(old::bytes_of(old::kChallenge), 4, 2));
}

TEST_CASE("the frames of a link are written as the last version wrote them") {
  const auto written = [](auto&& write) {
    wire::Bytes out;
    write(out);
    return out;
  };
  using wire::FrameKind;
  auto call = call_to("sku-1", 3, 10);
  call->first_sent_ms = 99;
  wire::PayloadBytes payload(call->params);

  CHECK(written([](auto& out) { append_reason(out, FrameKind::refuse, "no room"); }) == old::bytes_of(old::kRefuse));
  CHECK(written([](auto& out) { append_reason(out, FrameKind::goodbye, "it stops"); }) == old::bytes_of(old::kGoodbye));
  CHECK(written([](auto& out) { append(out, FrameKind::ping, wire::Beat{5, 6}); }) == old::bytes_of(old::kPing));
  CHECK(written([](auto& out) { append(out, FrameKind::pong, wire::Beat{.stamp = 5}); }) == old::bytes_of(old::kPong));
  CHECK(written([](auto& out) { append_number(out, FrameKind::credit, 4096); }) == old::bytes_of(old::kCredit));
  CHECK(written([](auto& out) { append_number(out, FrameKind::cancel, 9); }) == old::bytes_of(old::kCancel));
  CHECK(written([&](auto& out) { append_call(out, *call, 9, TimePoint{}); }) == old::bytes_of(old::kCall));
  CHECK(written([&](auto& out) {
          append_call(out, *call, 11, TimePoint{}, {1, 24});
        }) == old::bytes_of(old::kLargeCall));
  CHECK(written([&](auto& out) { append_chunk(out, 1, payload, 1000); }) == old::bytes_of(old::kChunk));
  call->ticket = 9;
  call->results.build().initAs<capnp::Data>(3);
  CHECK(written([&](auto& out) { append_reply(out, *call); }) == old::bytes_of(old::kReply));
  call->error = std::make_unique<Error>(ErrorKind::unavailable, "it is gone");
  // A failure has had two fields more since then, which the last version passes over: the frame is longer, no more.
  CHECK(written([&](auto& out) { append_reply(out, *call); }).size() > old::bytes_of(old::kFailure).size());
}

TEST_CASE("the last version reads in a call with a trace what it reads in one without") {
  auto call = call_to("sku-1", 3, 10);
  call->first_sent_ms = 99;
  TraceContext trace;
  trace.trace_id.fill(1);
  trace.span_id.fill(2);
  call->trace = SharedTrace::of(trace);
  wire::Bytes bytes;

  append_call(bytes, *call, 9, TimePoint{});

  CHECK(bytes.size() > old::bytes_of(old::kCall).size());
  CHECK(as_seen(bytes, 8, 4) == as_seen(old::bytes_of(old::kCall), 8, 4));
}

TEST_CASE("the last version reads in a call from outside what it reads in any other") {
  auto call = call_to("sku-1", 3, 10);
  call->first_sent_ms = 99;
  call->caller = make_counted<SharedCaller>(Caller{.name = "ann", .roles = "clerk", .scopes = {}});
  call->from_outside = true;
  wire::Bytes bytes;

  append_call(bytes, *call, 9, TimePoint{});

  CHECK(as_seen(bytes, 8, 4) == as_seen(old::bytes_of(old::kCall), 8, 4));
}

TEST_CASE("a node of the last version that connects calls, and is answered") {
  Listening l(has_secret);
  Stranger stranger(l.port);
  const wire::Bytes hello = old::bytes_of(old::kHello);
  stranger.say(hello);
  const auto challenge = stranger.hear();
  REQUIRE(challenge);
  REQUIRE(challenge->kind == wire::FrameKind::challenge);
  const auto said = old::said(old::header_of(hello), header_of(*challenge));
  stranger.say(old::proof(old::kProof, Side::connects, said));
  REQUIRE(stranger.hear()->kind == wire::FrameKind::welcome);

  stranger.say(old::bytes_of(old::kCall));

  auto answer = stranger.hear();
  while (answer && answer->kind != wire::FrameKind::reply) answer = stranger.hear();
  REQUIRE(answer);
  auto reply = wire::read_reply(answer->frame());
  REQUIRE(reply);
  CHECK(reply->ticket == 9);
  CHECK(!reply->failure);
  CHECK(l.b.logged("protocol version 4"));
}

TEST_CASE("links between this version of the protocol and the last one carry calls both ways") {
  for (const bool last_connects : {true, false}) {
    Mixed m(last_connects ? speaks_last : speaks_now, last_connects ? speaks_now : speaks_last);
    REQUIRE(m.up());

    call_from(m.a, 1, 10);
    call_from(m.b, 2, 10);
    call_from(m.a, 3, 1u << 20);

    CHECK(m.a.logged("protocol version 4"));
    CHECK(m.b.logged("protocol version 4"));
  }
}

TEST_CASE("two nodes of this version speak it") {
  Mixed m(speaks_now, speaks_now);

  REQUIRE(m.up());
  CHECK(m.a.logged("protocol version " + std::to_string(wire::kProtocolVersion)));
}

TEST_CASE("nodes whose versions do not meet say both ranges and both names, on either side") {
  Mixed m(speaks_last, speaks_next);
  const std::string why = "node 'a' speaks protocol version 4, node 'b' version 5, and they have none in common";

  CHECK(m.b.logged(why));
  CHECK(m.a.logged("node b refuses the link: " + why));
}
