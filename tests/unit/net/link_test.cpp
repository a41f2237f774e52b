// What a link does with calls, answers, chunks and credit, and with a peer that breaks the protocol.
#include <doctest/doctest.h>

#include <algorithm>

#include "unit/net/link_pair.h"

using namespace troupe;
using namespace troupe::net;
using namespace troupe::testing;
using namespace std::chrono_literals;

TEST_CASE("a call goes out and its results come home") {
  Pair p;
  auto call = p.send(1);

  p.run();
  REQUIRE(p.b.calls.size() == 1);
  CHECK(data_in(p.b.calls[0]->params) == "xxxxxxxxxx");
  CHECK(p.a.peer->status().pending_calls == 1);
  p.b.calls[0]->results.build().initAs<capnp::Data>(3);
  wire::answer(p.b.calls[0]);
  p.run();

  REQUIRE(p.home->answers().size() == 1);
  CHECK(p.home->answers()[0].get() == call.get());
  CHECK(!call->error);
  CHECK(data_in(call->results).size() == 3);
  CHECK(p.a.peer->status().pending_calls == 0);
  CHECK(p.a.peer->status().backlog_bytes == 0);
}

TEST_CASE("an unknown service is answered, not dropped") {
  Pair p;
  auto call = make_counted<wire::Envelope>();
  static NoSink sink;
  call->target = make_counted<wire::Address>(sink, stock_service(), 0xbad, "k", PartitionId{0});
  call->id = {1, 1};
  call->reply_to = p.home;

  REQUIRE(p.a.peer->offer(wire::EnvelopePtr(call)));
  p.run();

  REQUIRE(call->error);
  CHECK(call->error->kind() == ErrorKind::not_found);
}

TEST_CASE("a large message travels in chunks and small ones overtake it") {
  Pair p;
  auto large = p.send(1, 6u << 20);
  p.a.link->pump(p.now, p.a.out);
  auto small = p.send(2);

  p.run();

  REQUIRE(p.b.calls.size() == 2);
  CHECK(p.b.calls[0]->id == small->id);
  CHECK(p.b.calls[1]->id == large->id);
  CHECK(data_in(p.b.calls[1]->params).size() == 6u << 20);
  CHECK(p.a.peer->status().backlog_bytes == 0);
  p.b.calls[1]->results.build().initAs<capnp::Data>(5u << 20);
  wire::answer(p.b.calls[1]);
  p.run();
  REQUIRE(p.home->answers().size() == 1);
  CHECK(data_in(large->results).size() == 5u << 20);
}

TEST_CASE("without credit calls stay in the link and come back unsent") {
  Pair p;
  for (std::uint64_t i = 1; i <= 100; ++i) p.send(i, 60'000);

  p.a.link->pump(p.now, p.a.out);  // nothing is heard from the other end
  CHECK(p.a.out.size() <= kWindowBytes + limits::kMaxFrameBytes);
  CHECK(!p.a.link->drained());
  auto lost = p.a.link->close(p.a.peer->close(Error(ErrorKind::unavailable, "gone"), p.now));

  REQUIRE(lost.size() == 100);
  const auto sent = std::count_if(lost.begin(), lost.end(), [](const LostCall& l) { return l.may_have_left; });
  CHECK(sent > 0);
  CHECK(sent < 100);
  CHECK(p.a.peer->status().backlog_bytes == 0);
}

TEST_CASE("a message whose chunks did not all leave cannot have run") {
  Pair p;
  p.send(1, 6u << 20);
  p.a.link->pump(p.now, p.a.out);

  auto lost = p.a.link->close(p.a.peer->close(Error(ErrorKind::unavailable, "gone"), p.now));

  REQUIRE(lost.size() == 1);
  CHECK(!lost[0].may_have_left);
}

TEST_CASE("two messages in chunks under one ticket are against the rules, also when the first is cancelled") {
  Pair p;
  const auto announce = [&](std::uint64_t ticket, std::uint32_t stream) {
    return heard(p.b, [&](wire::Bytes& out) {
      append_call(out, *call_to("sku-1", stream), ticket, p.now, {stream, 8});
    });
  };
  REQUIRE(announce(7, 1));
  REQUIRE(heard(p.b, [](wire::Bytes& out) { append_number(out, wire::FrameKind::cancel, 7); }));

  const auto second = announce(7, 2);

  REQUIRE(!second);
  CHECK(second.error().message().find("two calls under one ticket, 7") != std::string::npos);
}

TEST_CASE("a full backlog refuses the next call as overloaded, however short") {
  Pair p;
  p.send(1, End::kBacklogBytes);
  auto call = call_to("sku-1", 2, 500'000);

  auto sent = p.a.peer->offer(wire::EnvelopePtr(call));

  REQUIRE(!sent);
  CHECK(sent.error().kind() == ErrorKind::overloaded);
  CHECK(!sent.error().may_have_run());
}

TEST_CASE("a message as long as the backlog gets in beside what waits, and is taken in beside what is not answered") {
  Pair p;
  p.b.options.max_unanswered_bytes = 100'000;
  p.send(1, 50'000);
  p.send(2, End::kBacklogBytes - 1'000);

  p.run();

  CHECK(p.b.calls.size() == 2);
  CHECK(p.a.peer->status().backlog_bytes == 0);
}

TEST_CASE("a message longer than the longest allowed is refused by the sender") {
  Pair p;
  auto call = call_to("sku-1", 2, limits::kMaxMessageBytes + 8);

  auto sent = p.a.peer->offer(wire::EnvelopePtr(call));

  REQUIRE(!sent);
  CHECK(sent.error().kind() == ErrorKind::invalid);
}

TEST_CASE("without a link a call is unavailable") {
  Pair p;
  (void)p.a.peer->close(Error(ErrorKind::unavailable, "connection refused"), p.now);
  auto call = call_to("sku-1", 1);

  auto sent = p.a.peer->offer(wire::EnvelopePtr(call));

  REQUIRE(!sent);
  CHECK(sent.error().kind() == ErrorKind::unavailable);
  CHECK(sent.error().message().find("connection refused") != std::string::npos);
  CHECK(call);
}

TEST_CASE("too many unanswered bytes from one peer are answered overloaded") {
  Pair p;
  p.b.options.max_unanswered_bytes = 60'000;
  p.send(1, 60'000);
  auto second = p.send(2, 60'000);

  p.run();

  CHECK(p.b.calls.size() == 1);
  REQUIRE(second->error);
  CHECK(second->error->kind() == ErrorKind::overloaded);
}

TEST_CASE("an answer whose link is gone is dropped and counted") {
  Pair p;
  p.send(1);
  p.run();
  (void)p.b.link->close(p.b.peer->close(Error(ErrorKind::unavailable, "gone"), p.now));
  p.b.open(p.now);  // a new link: the old one's answers do not go there

  wire::answer(p.b.calls.at(0));

  CHECK(p.b.peer->status().dropped_answers == 1);
}

TEST_CASE("an answer to no pending call is dropped and counted") {
  Pair p;
  auto stranger = call_to("sku-1", 1);
  stranger->ticket = 12345;

  REQUIRE(heard(p.a, [&](wire::Bytes& out) { append_reply(out, *stranger); }));

  CHECK(p.a.peer->status().unmatched_replies == 1);
}

TEST_CASE("calls given up by their callers leave the table of pending calls") {
  Pair p;
  auto call = p.send(1);
  p.run();
  CHECK(p.a.peer->status().pending_calls == 1);

  wire::give_up(call, Error(ErrorKind::deadline, "too late"));
  REQUIRE(p.a.link->tick(p.now, p.a.out));
  wire::answer(p.b.calls.at(0));
  p.run();

  CHECK(p.a.peer->status().pending_calls == 0);
  CHECK(p.a.peer->status().unmatched_replies == 1);
}

TEST_CASE("a call whose deadline passed while it waited is not sent") {
  Pair p;
  auto call = p.send(1);
  call->deadline = p.now;

  p.run();

  CHECK(p.b.calls.empty());
  REQUIRE(call->error);
  CHECK(call->error->kind() == ErrorKind::deadline);
  CHECK(!call->error->may_have_run());
}

TEST_CASE("a silent peer is cut, a talking one is not") {
  Pair p;
  for (int i = 0; i < 10; ++i) {
    p.now += p.a.options.heartbeat;
    REQUIRE(p.a.link->tick(p.now, p.a.out));
    REQUIRE(p.b.link->tick(p.now, p.b.out));
    p.run();
  }

  p.now += p.a.options.silence + 1ms;
  auto ticked = p.a.link->tick(p.now, p.a.out);

  REQUIRE(!ticked);
  CHECK(ticked.error().kind() == ErrorKind::unavailable);
}

TEST_CASE(
    "when a call was first sent is said by the receiver's time, and times that no node's clock shows are left out") {
  Pair p;
  NodeTime time(p.clock);
  p.a.options.time = &time;
  p.a.open(p.now);
  const std::uint64_t own = time.now();
  std::uint64_t calls = 0;
  const auto said = [&](std::uint64_t peers, std::uint64_t first_sent) {
    REQUIRE(heard(p.a, [&](wire::Bytes& out) { append(out, wire::FrameKind::ping, wire::Beat{1, peers}); }));
    p.send(++calls)->first_sent_ms = first_sent;
    p.run();
    return p.b.calls.back()->first_sent_ms;
  };

  CHECK(said(1'000, own - 50) == 949);    // and a millisecond for what is not seen of one
  CHECK(said(10, own - 3'600'000) == 1);  // before that node had a time
  CHECK(said(1'000, wire::kNobodyKnows) == wire::kNobodyKnows);
  for (const std::uint64_t never : {std::uint64_t{1} << 60, std::uint64_t{1} << 63, ~std::uint64_t{0}}) {
    CHECK(said(never, own - 50) == 949);  // as the peer's clock was before
    CHECK(said(1'000, never) == never);
  }
}

TEST_CASE("the time that the peer said in the handshake counts until it says another") {
  Pair p;
  NodeTime time(p.clock);
  p.a.options.time = &time;
  p.a.open(p.now, {.window = kWindowBytes, .clock = 1'000});
  p.send(1)->first_sent_ms = time.now() - 50;

  p.run();

  REQUIRE(p.b.calls.size() == 1);
  CHECK(p.b.calls[0]->first_sent_ms == 949);
}

TEST_CASE("a heartbeat is answered and measured") {
  Pair p;
  p.now += p.a.options.heartbeat;

  REQUIRE(p.a.link->tick(p.now, p.a.out));
  p.run();

  CHECK(std::count(p.a.kinds.begin(), p.a.kinds.end(), wire::FrameKind::pong) == 1);
}

TEST_CASE("a peer that breaks the protocol is cut") {
  auto cut = [](auto&& write) {
    Pair p;
    auto result = heard(p.a, write);
    return !result && result.error().kind() == ErrorKind::corrupt;
  };
  auto opening = [](wire::Bytes& out, wire::Stream stream) {
    append_call(out, *call_to("sku-1", 1), 1, TimePoint{}, stream);
  };
  auto chunk = [](wire::Bytes& out, std::uint32_t stream, std::size_t bytes) {
    auto call = call_to("sku-1", 1, bytes);
    wire::PayloadBytes from(call->params);
    append_chunk(out, stream, from, bytes);
  };

  CHECK(cut([](wire::Bytes& out) { append(out, wire::Hello{}); }));
  CHECK(cut([](wire::Bytes& out) { append_number(out, wire::FrameKind::credit, 1); }));
  CHECK(cut([](wire::Bytes& out) { append_number(out, wire::FrameKind::credit, ~0ull); }));
  CHECK(cut([&](wire::Bytes& out) { chunk(out, 9, 64); }));
  CHECK(cut([&](wire::Bytes& out) { opening(out, {1, 0}); }));
  CHECK(cut([&](wire::Bytes& out) { opening(out, {1, 12}); }));
  CHECK(cut([&](wire::Bytes& out) { opening(out, {1, (64u << 20) + 8}); }));
  CHECK(cut([&](wire::Bytes& out) { opening(out, {1, 64}), opening(out, {1, 64}); }));
  CHECK(cut([&](wire::Bytes& out) { opening(out, {1, 64}), chunk(out, 1, 128); }));
  CHECK(cut([&](wire::Bytes& out) {
    for (std::uint32_t i = 1; i <= 3; ++i) opening(out, {i, 64u << 20});
  }));
}

namespace {

// Whether that side was told that the caller of this call of its own has gone.
bool was_told(const wire::EnvelopePtr& call) {
  return std::erase_if(the_sink().cancelled, [&](const auto& told) { return told.get() == call.get(); }) == 1;
}

}  // namespace

TEST_CASE("a call that its caller gave up is told to the peer, once, and gets no answer") {
  Pair p;
  auto call = p.send(1);
  p.run();
  REQUIRE(p.b.calls.size() == 1);
  REQUIRE(call->settle());

  p.a.peer->cancel(call);
  p.a.peer->cancel(call);
  p.run();

  CHECK(p.b.calls[0]->settled());
  CHECK(was_told(p.b.calls[0]));
  CHECK(std::count(p.b.kinds.begin(), p.b.kinds.end(), wire::FrameKind::cancel) == 1);
  CHECK(p.a.peer->status().pending_calls == 0);
  wire::answer(p.b.calls[0]);
  p.run();
  CHECK(std::count(p.a.kinds.begin(), p.a.kinds.end(), wire::FrameKind::reply) == 0);
}

TEST_CASE("a call that was given up before it left does not leave, and one in chunks does not run") {
  Pair p;
  auto waiting = p.send(1);
  REQUIRE(waiting->settle());
  p.a.peer->cancel(waiting);
  p.run();
  CHECK(p.b.calls.empty());

  auto large = p.send(2, 3u << 20);
  p.a.link->pump(p.now, p.a.out);  // its first chunks
  Pair::carry(p.a, p.b);
  REQUIRE(large->settle());
  p.a.peer->cancel(large);
  p.run();
  CHECK(p.b.calls.empty());
}

TEST_CASE(
    "what a peer asked for that says goodbye, or comes back as another, is given up; a lost link gives up nothing") {
  for (const bool says_goodbye : {true, false}) {
    CAPTURE(says_goodbye);
    Pair p;
    (void)p.send(1);
    p.run();
    REQUIRE(p.b.calls.size() == 1);
    if (says_goodbye) (void)heard(p.b, [](wire::Bytes& out) { append_reason(out, wire::FrameKind::goodbye, "stops"); });

    (void)p.b.link->close(p.b.peer->close(Error(ErrorKind::unavailable, "lost"), p.now));

    CHECK(p.b.calls[0]->settled() == says_goodbye);
    (void)p.b.peer->open(1, p.now);  // the same incarnation: it may ask again
    CHECK(p.b.calls[0]->settled() == says_goodbye);
    (void)p.b.peer->open(2, p.now);
    CHECK(p.b.calls[0]->settled());
    CHECK(was_told(p.b.calls[0]));
  }
}

TEST_CASE("a goodbye ends the link without blame") {
  Pair p;

  auto result = heard(p.a, [](wire::Bytes& out) { append_reason(out, wire::FrameKind::goodbye, "stops"); });

  REQUIRE(!result);
  CHECK(result.error().kind() == ErrorKind::unavailable);
  CHECK(result.error().message().find("stops") != std::string::npos);
}
