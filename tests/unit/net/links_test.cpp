// Whole links: calls over them, and what their ends are told when they break.
#include "link_stage.h"

using namespace troupe;
using namespace troupe::net;
using namespace troupe::net::testing;

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

TEST_CASE("a peer that falls silent is cut") {
  Listening l([](LinkOptions& o) {
    o.heartbeat = 5ms;
    o.silence = 30ms;
  });
  Stranger mute(l.port);
  REQUIRE(shake_hands(mute, 1));

  CHECK(mute.hear()->kind == wire::FrameKind::ping);
  CHECK(mute.is_cut());
  CHECK(l.b.wait([&] { return l.b.downs == 1; }));
  CHECK(l.b.down_why.find("silent") != std::string::npos);
}

TEST_CASE("a node whose own thread was held blames no peer for what it did not hear") {
  static constexpr auto kSilence = 100ms;
  engine::Engine engine{engine::EngineOptions{}};
  engine::Engine apart{engine::EngineOptions{}};  // whose loop goes on
  Node held(engine, "held", 1, [](LinkOptions& o) { o.silence = kSilence, o.heartbeat = 20ms; });
  Node caller(apart, "caller", 1), another(apart, "another", 1, [](LinkOptions&o) { o.heartbeat = 1ms; });
  held.links().add_peer({"caller", "127.0.0.1", 1}).value();
  held.links().add_peer({"another", "127.0.0.1", 1}).value();
  const auto port = held.links().listen("127.0.0.1", 0).value();
  for (Node* peer : {&caller, &another}) {
    peer->links().add_peer({"held", "127.0.0.1", port}).value();
    peer->links().connect();
    REQUIRE(peer->wait([&] { return peer->ups == 1; }));
  }
  REQUIRE(held.wait([&] { return held.ups == 2; }));

  // In the middle of a call, for longer than a peer may be silent; the other says all the while that it lives.
  const auto sent = [&] { return another.links().status().at(0).frames_out; };
  held.on_next_call = [&] {
    const auto begin = system_clock().exact_now();
    for (const auto before = sent(); system_clock().exact_now() < begin + 3 * kSilence || sent() < before + 10;) {
    }
  };
  auto waiter = make_counted<Waiter>();
  auto call = call_to("sku-1", 1);
  call->reply_to = waiter;
  REQUIRE(caller.links().send(0, wire::EnvelopePtr(call)));
  waiter->wait();
  REQUIRE(held.links().tick_now());

  CHECK(held.downs == 0);
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
    REQUIRE(shake_hands(killed, 1));
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
