// What a peer costs that reads nothing, answers nothing or calls for ever: so much, and no more.
#include <doctest/doctest.h>
#include <time.h>

#include <algorithm>
#include <optional>

#include "unit/net/link_pair.h"

using namespace troupe;
using namespace troupe::net;
using namespace troupe::testing;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t kMostOut = kWindowBytes + 2 * limits::kMaxFrameBytes;

// Offers calls until one is not taken; how many were.
struct Offered {
  std::size_t taken = 0;
  std::optional<Error> refusal;
};
Offered offer_until_refused(Pair& p, std::size_t bytes, std::size_t most = 100'000) {
  Offered out;
  while (out.taken < most) {
    auto call = call_to("sku-1", out.taken + 1, bytes);
    call->reply_to = p.home;
    if (auto sent = p.a.peer->offer(std::move(call)); !sent) {
      out.refusal = sent.error();
      break;
    }
    ++out.taken;
    p.a.link->pump(p.now, p.a.out);
  }
  return out;
}

}  // namespace

TEST_CASE("a peer that reads nothing is written a window, the backlog fills, and then calls are overloaded") {
  Pair p;

  const auto offered = offer_until_refused(p, 60'000);

  REQUIRE(offered.refusal);
  CHECK(offered.refusal->kind() == ErrorKind::overloaded);
  CHECK(offered.refusal->retry_after() > 0ms);
  CHECK(p.a.out.size() <= kMostOut);
  CHECK(p.a.peer->status().backlog_bytes <= End::kBacklogBytes + wire::kChunkBytes);
  CHECK(p.a.peer->status().refused_out == 1);
}

TEST_CASE("a peer that never answers is sent so many calls, and then calls are overloaded until some are given up") {
  Pair p;
  auto first = p.send(1'000'000);
  std::size_t taken = 1;
  while (true) {
    auto call = call_to("sku-1", ++taken);
    call->reply_to = p.home;
    if (!p.a.peer->offer(std::move(call))) break;
    p.run();  // the peer reads, and grants credit
  }
  CHECK(taken == End::kCalls + 1);
  CHECK(p.b.calls.size() == End::kCalls);
  CHECK(p.a.peer->status().pending_calls == End::kCalls);

  wire::give_up(first, Error(ErrorKind::deadline, "too late"));
  REQUIRE(p.a.link->tick(p.now, p.a.out));

  CHECK(p.a.peer->offer(call_to("sku-1", 2'000'000)));
}

TEST_CASE("a link that was lost and is up again has room for as many calls as before") {
  Pair p;
  (void)offer_until_refused(p, 0);
  (void)p.a.link->close(p.a.peer->close(Error(ErrorKind::unavailable, "gone"), p.now));
  p.a.open(p.now);

  CHECK(offer_until_refused(p, 0).taken == End::kCalls);
}

TEST_CASE("a peer that calls for ever and is not answered yet is told to come later, also when its calls are empty") {
  Pair p;
  p.b.options.max_calls = 100;
  std::vector<wire::EnvelopePtr> calls;
  for (std::uint64_t i = 1; i <= 500; ++i) calls.push_back(p.send(i, 0));

  p.run();

  CHECK(p.b.calls.size() == 100);
  CHECK(p.b.peer->status().unanswered_calls == 100);
  CHECK(p.b.peer->status().refused_in == 400);
  REQUIRE(calls[499]->error);
  CHECK(calls[499]->error->kind() == ErrorKind::overloaded);
  CHECK(calls[499]->error->retry_after() == kRetryAfter);  // as it was said there
  CHECK_FALSE(calls[499]->error->may_have_run());

  wire::answer(p.b.calls[0]);
  p.run();
  CHECK(p.b.peer->status().unanswered_calls == 99);
  p.send(1'000);
  p.run();
  CHECK(p.b.calls.size() == 101);
}

TEST_CASE("empty calls weigh as much as their envelopes among the unanswered bytes") {
  Pair p;
  p.b.options.max_unanswered_bytes = 10 * kEnvelopeBytes;
  for (std::uint64_t i = 1; i <= 50; ++i) p.send(i, 0);

  p.run();

  CHECK(p.b.calls.size() > 0);
  CHECK(p.b.calls.size() <= 10);
}

TEST_CASE("calls weigh as much as the names of the callers above them among the unanswered bytes") {
  Pair p;
  constexpr std::size_t kName = 300;
  p.b.options.max_unanswered_bytes = 10 * limits::kMaxCallDepth * kName;
  for (std::uint64_t i = 1; i <= 50; ++i) {
    auto call = call_to("sku-1", i);
    call->remote_chain =
        std::make_unique<std::vector<wire::Hop>>(limits::kMaxCallDepth, wire::Hop{{1, i}, std::string(kName, 'x')});
    REQUIRE(heard(p.b, [&](wire::Bytes& out) { append_call(out, *call, i, p.now); }));
  }

  CHECK(p.b.calls.size() > 0);
  CHECK(p.b.calls.size() <= 10);
}

TEST_CASE("a peer that calls for ever and reads no answer costs a window and its refusals, and is cut") {
  Pair p;
  p.b.options.max_calls = 100;
  Result<void> fed;
  std::size_t called = 0;
  for (; fed.ok() && called < 1'000'000; ++called) {
    fed = heard(p.b, [&](wire::Bytes& out) { append_call(out, *call_to("sku-1", called + 1), called, p.now); });
    p.b.link->pump(p.now, p.b.out);
  }

  REQUIRE_FALSE(fed.ok());
  CHECK(fed.error().kind() == ErrorKind::corrupt);
  CHECK(fed.error().message().find("reads no answers") != std::string::npos);
  CHECK(p.b.calls.size() == 100);
  CHECK(p.b.out.size() <= kMostOut);
  CHECK(called < 200'000);
}

TEST_CASE("a peer that grants credit without end and reads nothing is written so much and no more") {
  Pair p;
  p.b.open(p.now, {.window = kMaxWindowBytes});
  std::size_t most = 0;
  for (std::uint64_t i = 1; i <= 1'000; ++i) {
    REQUIRE(heard(p.b, [&](wire::Bytes& out) {
      append_call(out, *call_to("sku-1", i), i, p.now);
      if (i % 10 == 0 && i > 100) append_number(out, wire::FrameKind::credit, 40'000);
    }));
    p.b.calls.back()->results.build().initAs<capnp::Data>(60'000);
    wire::answer(p.b.calls.back());
    p.b.link->pump(p.now, p.b.out);
    most = std::max(most, p.b.out.size());
  }

  CHECK(most <= kMostOut);
  CHECK(p.b.peer->status().backlog_bytes <= 3 * End::kBacklogBytes + wire::kChunkBytes + 1'000 * kEnvelopeBytes);

  p.b.out.clear();  // it reads after all
  p.b.link->pump(p.now, p.b.out);
  CHECK(!p.b.out.empty());
}

TEST_CASE("watches that a peer begins and cancels without an end are bounded") {
  Pair p;
  p.b.options.max_calls = 100;
  for (std::uint64_t i = 1; i <= 500; ++i) {
    auto watch = call_to("sku-1", i);
    watch->delivery = std::make_unique<wire::Delivery>(wire::MonitorRequest{});
    REQUIRE(heard(p.b, [&](wire::Bytes& out) {
      append_call(out, *watch, i, p.now);
      append_number(out, wire::FrameKind::cancel, i);
    }));
  }

  CHECK(p.b.calls.size() == 100);
  CHECK(p.b.peer->status().refused_in == 400);
}

TEST_CASE("a cancel of an unknown call costs the same however many messages are on their way in") {
  const auto time_of_cancels = [](Pair& p) {
    wire::Bytes bytes;
    for (std::uint64_t i = 0; i < 2'000; ++i) append_number(bytes, wire::FrameKind::cancel, 1'000'000 + i);
    timespec before{}, after{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before);
    REQUIRE(p.b.parser.feed(bytes, p.b));
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after);
    return 1e9 * static_cast<double>(after.tv_sec - before.tv_sec) +
           static_cast<double>(after.tv_nsec - before.tv_nsec);
  };
  Pair idle, busy;
  for (std::uint32_t i = 1; i <= 4'000; ++i) {
    REQUIRE(heard(busy.b, [&](wire::Bytes& out) { append_call(out, *call_to("sku-1", i), i, busy.now, {i, 8}); }));
  }
  (void)time_of_cancels(idle);  // the first is always slow

  CHECK(time_of_cancels(busy) < 20 * time_of_cancels(idle));
}

TEST_CASE("a peer that reads nothing and asks for signs of life is cut") {
  Pair p;
  Result<void> fed;
  std::size_t pings = 0;
  for (; fed.ok() && pings < 1'000'000; ++pings)
    fed = heard(p.b, [&](wire::Bytes& out) { append_number(out, wire::FrameKind::ping, pings); });

  REQUIRE_FALSE(fed.ok());
  CHECK(p.b.out.size() <= kMostOut + 64);
}

TEST_CASE("answers that nobody reads are as many as the calls that were taken in, and their results are bounded") {
  Pair p;
  p.b.options.max_calls = 1'000;
  for (std::uint64_t i = 1; i <= 1'000; ++i) {
    REQUIRE(heard(p.b, [&](wire::Bytes& out) { append_call(out, *call_to("sku-1", i), i, p.now); }));
  }
  for (auto& call : p.b.calls) {
    call->results.build().initAs<capnp::Data>(60'000);
    wire::answer(call);
    p.b.link->pump(p.now, p.b.out);
  }

  CHECK(p.b.out.size() <= kMostOut);
  CHECK(p.b.peer->status().backlog_bytes <= 3 * End::kBacklogBytes + wire::kChunkBytes + 1'000 * kEnvelopeBytes);
  CHECK(p.b.calls.back()->error);  // its results were one too many, and it says that it ran
  CHECK(p.b.calls.back()->error->may_have_run());
}

TEST_CASE("a peer that announces many large messages and sends none is cut") {
  Pair p;
  Result<void> fed;
  std::uint32_t announced = 0;
  while (fed.ok() && ++announced < 100'000)
    fed = heard(p.b, [&](wire::Bytes& out) {
      append_call(out, *call_to("sku-1", announced), announced, p.now, {announced, 8});
    });

  REQUIRE_FALSE(fed.ok());
  CHECK(announced <= kMaxStreamBytes / kMinStreamBytes + 1);
}
