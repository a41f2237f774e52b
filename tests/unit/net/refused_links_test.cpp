// Whoever knocks and is no member of the cluster, or not any more, is sent away: bounded, logged, and nobody else
// notices.
#include <deque>
#include <thread>

#include "link_stage.h"

using namespace troupe;
using namespace troupe::net;
using namespace troupe::net::testing;

TEST_CASE("garbage and HTTP are cut and logged") {
  Listening l;
  Stranger browser(l.port), noise(l.port);

  browser.say("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  noise.say(std::string(4096, '\xff'));

  CHECK(browser.is_cut());
  CHECK(noise.is_cut());
  CHECK(l.b.logged("refused a link from 127.0.0.1"));
  const auto fields = l.b.lines.fields_of("refused a link from");
  CHECK(fields.at("from").starts_with("127.0.0.1"));
  CHECK(!fields.at("error").empty());
  CHECK(!fields.contains("peer"));  // whoever it was
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
  CHECK(l.b.logged("a call instead of a hello in the handshake"));
  CHECK(l.b.calls == 0);
}

TEST_CASE("a wrong hello is refused with the reason, which is logged") {
  struct Case {
    void (*spoil)(wire::Hello&);
    std::string reason;
  };
  const Case cases[] = {
      {[](wire::Hello& h) { h.cluster = "bank"; }, "cluster 'bank'"},
      {[](wire::Hello& h) {
         h.protocol = {wire::kProtocolVersion + 1, wire::kProtocolVersion + 1, 0};
       },
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

TEST_CASE("another incarnation replaces a link, and the one that it followed is refused") {
  Listening l([](LinkOptions& o) { o.probe = 20ms; });
  Stranger first(l.port);
  REQUIRE(shake_hands(first, 5));

  Stranger second(l.port);  // its clock, or its store, was set back
  REQUIRE(shake_hands(second, 3));
  CHECK(first.is_cut());
  Stranger stale(l.port);
  stale.say(bytes_of(hello_of_a(5)));

  CHECK(stale.hear()->kind == wire::FrameKind::refuse);
  CHECK(l.b.logged("incarnation 5 of node a is over"));
  CHECK(l.b.peer_incarnation == 3);
  CHECK(l.b.links().status().at(0).up);
}

TEST_CASE("a connection that does not finish its handshake is cut") {
  Listening l([](LinkOptions& o) { o.handshake = 20ms; });
  Stranger silent(l.port);

  CHECK(silent.is_cut());
  CHECK(l.b.logged("no handshake in 20 ms"));
}

TEST_CASE("connections that have not shaken hands are limited, and the oldest makes room") {
  Listening l([](LinkOptions& o) { o.max_strangers = 2; });
  Stranger one(l.port), two(l.port), three(l.port);

  CHECK(one.is_cut());
  CHECK(l.b.logged("2 connections have not finished their handshake"));
  CHECK(shake_hands(three, 1));
}

TEST_CASE("a member comes in however many strangers hold its node's port") {
  Listening l([](LinkOptions& o) { o.handshake = 60s; });
  std::vector<std::unique_ptr<Stranger>> crowd;
  for (int i = 0; i < 200; ++i) crowd.push_back(std::make_unique<Stranger>(l.port));

  Node a(l.engine, "a", 1);
  a.links().add_peer({"b", "127.0.0.1", l.port}).value();
  a.links().connect();

  CHECK(a.wait([&] { return a.ups == 1; }));
}

TEST_CASE("a member comes in however many strangers say its hello and prove nothing") {
  Listening l([](LinkOptions& o) { o.handshake = 60s; });
  std::vector<std::unique_ptr<Stranger>> crowd;
  for (int i = 0; i < 200; ++i) {
    crowd.push_back(std::make_unique<Stranger>(l.port));
    crowd.back()->say(bytes_of(hello_of_a(1'000)));
  }

  Node a(l.engine, "a", 1);
  a.links().add_peer({"b", "127.0.0.1", l.port}).value();
  a.links().connect();

  CHECK(a.wait([&] { return a.ups == 1; }));
}

TEST_CASE("a member comes in while strangers keep coming") {
  Listening l([](LinkOptions& o) { o.handshake = 60s; });
  std::jthread flood([&](const std::stop_token& enough) {
    std::deque<std::unique_ptr<Stranger>> crowd;
    while (!enough.stop_requested()) {
      crowd.push_back(std::make_unique<Stranger>(l.port));
      if (crowd.size() > 200) crowd.pop_front();
    }
  });

  Node a(l.engine, "a", 1);
  a.links().add_peer({"b", "127.0.0.1", l.port}).value();
  a.links().connect();

  CHECK(a.wait([&] { return a.ups == 1; }));
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
