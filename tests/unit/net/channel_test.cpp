// What travels beside calls: open where both sides have it, and nowhere else.
#include "net/channel.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "unit/net/echo_channel.h"
#include "unit/net/link_pair.h"
#include "unit/net/link_stage.h"

using namespace troupe;
using namespace troupe::net;
using namespace troupe::net::testing;

namespace {

const EchoKinds kEcho;
const LinkTerms kWithEcho{.window = kWindowBytes, .protocol = {wire::kProtocolVersion, kEcho.feature}};
const LinkTerms kWithoutEcho{.window = kWindowBytes, .protocol = {wire::kProtocolVersion, 0}};

struct Books {
  EchoBook of_a, of_b;
};

// Two ends that both have the channel, and agreed to it or did not. The books outlive the links.
struct EchoPair : Books, Pair {
  explicit EchoPair(const LinkTerms& terms = kWithEcho) {
    a.options.channels = {of_a.offer()};
    b.options.channels = {of_b.offer()};
    for (End* end : {&a, &b}) end->open(now, terms);
  }
};

long count(const End& end, wire::FrameKind kind) { return std::count(end.kinds.begin(), end.kinds.end(), kind); }

using Numbers = std::vector<std::uint64_t>;

// What the nodes of one test have; a Node's options are set without an argument.
Books* books = nullptr;
void a_has_echo(LinkOptions& options) { options.channels = {books->of_a.offer()}; }
void b_has_echo(LinkOptions& options) { options.channels = {books->of_b.offer()}; }
void b_has_echo_and_speaks_last(LinkOptions& options) {
  b_has_echo(options);
  options.protocol = {4, 4, 0};
}
void has_calls_alone(LinkOptions&) {}

// "a" connects to "b".
struct Nodes {
  Nodes(void (*change_a)(LinkOptions&), void (*change_b)(LinkOptions&))
      : a(engine, "a", 1, change_a), b(engine, "b", 1, change_b) {
    b.links().add_peer({"a", "127.0.0.1", 1}).value();
    const auto port = b.links().listen("127.0.0.1", 0).value();
    a.links().add_peer({"b", "127.0.0.1", port}).value();
    a.links().connect();
    REQUIRE(a.wait([&] { return a.ups == 1; }));
    REQUIRE(b.wait([&] { return b.ups == 1; }));
  }
  // There and back.
  void call() {
    auto waiter = make_counted<Waiter>();
    auto call = call_to("sku-1", 1, 10);
    call->reply_to = waiter;
    REQUIRE(a.links().send(0, wire::EnvelopePtr(call)));
    CHECK(!waiter->wait()->error);
  }

  engine::Engine engine{engine::EngineOptions{}};
  Node a, b;
};

}  // namespace

TEST_CASE("a channel's frames reach it and only it, and those of calls reach calls alone") {
  EchoPair p;
  p.of_a.ask(1);
  p.of_a.ask(2, 4'096);
  p.of_b.ask(3);
  auto call = p.send(1);

  p.run();

  CHECK(p.of_b.read().asked == Numbers{1, 2});
  CHECK(p.of_a.read().echoed == Numbers{1, 2});
  CHECK(p.of_a.read().asked == Numbers{3});
  CHECK(p.of_b.read().echoed == Numbers{3});
  CHECK(p.of_a.read().strays.empty());
  CHECK(p.of_b.read().strays.empty());
  CHECK(p.b.calls.size() == 1);
  CHECK(p.a.calls.empty());
}

TEST_CASE("a channel that is not agreed is not open, sends nothing, and its frames cut the link") {
  EchoPair p(kWithoutEcho);
  p.of_a.ask(1);
  (void)p.send(1);

  p.run();

  CHECK(p.of_a.read().opened == 0);
  CHECK(count(p.b, kEcho.ask) == 0);
  CHECK(p.b.calls.size() == 1);
  const auto fed = heard(p.b, [](wire::Bytes& out) { append_number(out, kEcho.ask, 1); });
  REQUIRE_FALSE(fed.ok());
  CHECK(fed.error().kind() == ErrorKind::corrupt);
  CHECK(fed.error().message().find("there is no frame of kind 200") != std::string::npos);
  CHECK(p.of_b.read().opened == 0);
}

TEST_CASE("a frame that no open channel takes is refused before its bytes are here, and by the link if they are") {
  EchoPair without(kWithoutEcho);
  wire::Bytes bytes;
  append_with_payload(bytes, kEcho.ask, 1, 64);

  CHECK_FALSE(without.b.parser.feed(std::span(bytes).first(wire::kPreludeBytes), without.b).ok());
  without.b.parser = wire::FrameParser();
  without.b.parser.also_takes(std::vector{kEcho.ask});
  const auto fed = without.b.parser.feed(bytes, without.b);
  REQUIRE_FALSE(fed.ok());
  CHECK(fed.error().kind() == ErrorKind::corrupt);
  CHECK(fed.error().message().find("kind 200") != std::string::npos);

  EchoPair with;
  CHECK_FALSE(heard(with.b, [](wire::Bytes& out) { append_number(out, wire::FrameKind{202}, 1); }).ok());
}

TEST_CASE("what a channel finds against the protocol cuts the link, and so does its tick") {
  EchoPair p;

  const auto fed = heard(p.b, [](wire::Bytes& out) { append_number(out, kEcho.ask, 0); });
  EchoChannel::fails = Error(ErrorKind::unavailable, "the echo is gone");
  const auto ticked = p.b.link->tick(p.now, p.b.out);
  EchoChannel::fails.reset();

  REQUIRE_FALSE(fed.ok());
  CHECK(fed.error().kind() == ErrorKind::corrupt);
  REQUIRE_FALSE(ticked.ok());
  CHECK(ticked.error().message() == "the echo is gone");
}

TEST_CASE("a link that ends closes its channels, which give back what they did not send") {
  for (const bool says_goodbye : {false, true}) {
    EchoPair p;
    p.of_a.ask(1);
    p.run();
    for (std::uint64_t i = 2; i <= 4; ++i) p.of_a.ask(i);
    (void)p.send(1);
    CHECK_FALSE(p.a.link->drained());
    if (says_goodbye) (void)heard(p.a, [](wire::Bytes& out) { append_reason(out, wire::FrameKind::goodbye, "stops"); });

    const auto lost = p.a.link->close(p.a.peer->close(Error(ErrorKind::unavailable, "gone"), p.now));

    CHECK(p.of_a.read().given_back == Numbers{2, 3, 4});
    CHECK(p.of_a.read().end == (says_goodbye ? LinkEnd::goodbye : LinkEnd::lost));
    CHECK(lost.size() == 1);
  }
}

TEST_CASE("a channel needs one feature and kinds of frames that nothing else has") {
  EchoBook book;
  const auto offered = [&](std::vector<EchoKinds> all) {
    std::vector<ChannelOffer> channels;
    for (const EchoKinds& kinds : all) channels.push_back(book.offer(kinds));
    return offer_with(channels, {4, 5, 1});
  };
  using Kind = wire::FrameKind;

  REQUIRE(offered({{2, Kind{20}, Kind{21}}, {8, Kind{22}, Kind{23}}}).ok());
  CHECK(offered({{2, Kind{20}, Kind{21}}, {8, Kind{22}, Kind{23}}})->features == 11);
  CHECK(offered({})->features == 1);
  CHECK_FALSE(offered({{0, Kind{20}, Kind{21}}}).ok());
  CHECK_FALSE(offered({{1, Kind{20}, Kind{21}}}).ok());  // every node has that one
  CHECK_FALSE(offered({{3, Kind{20}, Kind{21}}}).ok());
  CHECK_FALSE(offered({{2, Kind{20}, Kind{21}}, {2, Kind{22}, Kind{23}}}).ok());
  CHECK_FALSE(offered({{2, Kind{20}, Kind{21}}, {8, Kind{21}, Kind{23}}}).ok());
  CHECK_FALSE(offered({{2, Kind{20}, wire::kLastKindOfEveryLink}}).ok());
  CHECK_FALSE(offered({{2, Kind::call, Kind{20}}}).ok());
}

TEST_CASE("two nodes that have a channel open it, and it is woken when something waits") {
  Books both;
  books = &both;
  Nodes n(a_has_echo, b_has_echo);

  both.of_a.ask(7, 1'024);

  CHECK(both.of_a.wait([](const auto& pages) { return pages.echoed == Numbers{7}; }));
  CHECK(both.of_b.read().asked == Numbers{7});
  CHECK(both.of_a.read().protocol.version == wire::kProtocolVersion);
  CHECK(both.of_b.read().protocol.features == (wire::kFeatures | kEcho.feature));
  n.call();
}

TEST_CASE("a peer without a channel, or of the last version, is sent none of its frames and has a link all the same") {
  for (auto* change_b : {has_calls_alone, b_has_echo_and_speaks_last}) {
    Books both;
    books = &both;
    Nodes n(a_has_echo, change_b);

    both.of_a.ask(7);
    n.call();

    CHECK(both.of_a.read().opened == 0);
    CHECK(both.of_b.read().opened == 0);
    CHECK(n.b.downs == 0);
  }
}

TEST_CASE("a peer that sends the frames of a channel that it did not offer is cut") {
  Books both;
  books = &both;
  Listening l(b_has_echo);
  Stranger stranger(l.port);
  REQUIRE(shake_hands(stranger, 1));
  wire::Bytes ask;
  append_number(ask, kEcho.ask, 1);

  stranger.say(ask);

  CHECK(stranger.is_cut());
  CHECK(l.b.wait([&] { return l.b.downs == 1; }));
  CHECK(l.b.down_why.find("there is no frame of kind 200") != std::string::npos);
  CHECK(both.of_b.read().opened == 0);
}
