// Channels share a connection by turns: however much one has to send, and however slowly the peer reads, each gets
// through.
#include <doctest/doctest.h>

#include <algorithm>

#include "unit/net/echo_channel.h"
#include "unit/net/link_pair.h"

using namespace troupe;
using namespace troupe::net;
using namespace troupe::testing;

namespace {

// What one frame adds at most to a turn.
constexpr std::size_t kFrame = wire::kChunkBytes + 1'024;
const EchoKinds kFlood{wire::Features{1} << 40, wire::FrameKind{200}, wire::FrameKind{201}};
const EchoKinds kQuiet{wire::Features{1} << 41, wire::FrameKind{202}, wire::FrameKind{203}};

struct FourBooks {
  EchoBook flood, quiet, flood_there, quiet_there;
};

// "a" has two channels beside calls; "b" takes what comes and answers nothing. The books outlive the links.
struct Busy : FourBooks, Pair {
  Busy() {
    a.options.channels = {flood.offer(kFlood), quiet.offer(kQuiet)};
    b.options.channels = {flood_there.offer(kFlood), quiet_there.offer(kQuiet)};
    const wire::Agreement both{wire::kProtocolVersion, kFlood.feature | kQuiet.feature};
    for (End* end : {&a, &b}) end->open(now, {.window = kWindowBytes, .protocol = both});
  }
  // What is written before the first frame of that kind.
  [[nodiscard]] std::size_t bytes_before(wire::FrameKind kind) const {
    std::size_t at = 0;
    while (at < a.out.size() && static_cast<wire::FrameKind>(a.out[at + 4]) != kind) {
      std::uint32_t length;
      std::memcpy(&length, &a.out[at], sizeof length);
      at += wire::kPreludeBytes + length;
    }
    return at < a.out.size() ? at : a.out.max_size();
  }
  // "b" reads so much, and "a" fills what that left.
  void read(std::size_t bytes) {
    bytes = std::min(bytes, a.out.size());
    b.parser.feed(std::span(a.out).first(bytes), b).value();
    a.out.erase(a.out.begin(), a.out.begin() + static_cast<std::ptrdiff_t>(bytes));
    b.out.clear();
    a.link->pump(now, a.out);
  }
  void fill(EchoBook& book, std::uint64_t frames) {
    for (std::uint64_t i = 1; i <= frames; ++i) book.ask(i, 8'000);
  }
};

}  // namespace

TEST_CASE("64 large calls do not starve a channel") {
  Busy p;
  for (std::uint64_t i = 1; i <= 64; ++i) p.send(i, 120'000);
  p.quiet.ask(1);

  p.a.link->pump(p.now, p.a.out);

  CHECK(p.bytes_before(kQuiet.ask) <= kTurnBytes + kFrame);
  p.run();
  CHECK(p.b.calls.size() == 64);
  CHECK(p.quiet_there.read().asked.size() == 1);
}

TEST_CASE("many calls that each fit a frame do not starve a channel") {
  Busy p;
  for (std::uint64_t i = 1; i <= 64; ++i) p.send(i, 60'000);
  p.quiet.ask(1);

  p.a.link->pump(p.now, p.a.out);

  CHECK(p.bytes_before(kQuiet.ask) <= kTurnBytes + kFrame);
}

TEST_CASE("a channel without an end of what it sends starves neither large calls nor small ones nor another channel") {
  Busy p;
  p.fill(p.flood, 5'000);
  for (std::uint64_t i = 1; i <= 64; ++i) p.send(i, 120'000);
  p.send(65);
  p.quiet.ask(1);

  p.a.link->pump(p.now, p.a.out);

  CHECK(p.a.out.size() <= kMaxUnwrittenBytes + kFrame);
  CHECK(p.bytes_before(wire::FrameKind::call) == 0);
  CHECK(p.bytes_before(wire::FrameKind::chunk) <= kTurnBytes + kFrame);
  CHECK(p.bytes_before(kFlood.ask) <= kTurnBytes + kFrame);
  CHECK(p.bytes_before(kQuiet.ask) <= 2 * (kTurnBytes + kFrame));
  p.run();
  CHECK(p.b.calls.size() == 65);
  CHECK(p.flood_there.read().asked.size() == 5'000);
}

TEST_CASE("of channels that wait for room each has its turn, however little the peer reads at a time") {
  Busy p;
  p.fill(p.flood, 5'000);
  p.a.link->pump(p.now, p.a.out);
  REQUIRE(p.a.out.size() >= kMaxUnwrittenBytes);
  p.quiet.ask(1);
  p.send(1);

  // Less than a turn each time, so that whoever is asked first takes all of it.
  std::size_t read = 0;
  for (; read <= kMaxUnwrittenBytes + 3 * kFrame; read += 4'000) p.read(4'000);

  CHECK(p.quiet_there.read().asked.size() == 1);
  CHECK(p.b.calls.size() == 1);
}

TEST_CASE("where there is no room channels write nothing, and take in what waits so that it is not lost") {
  Busy p;
  p.fill(p.flood, 5'000);
  p.a.link->pump(p.now, p.a.out);
  const std::size_t full = p.a.out.size();
  p.send(1);

  p.a.link->pump(p.now, p.a.out);

  CHECK(p.a.out.size() == full);
  CHECK_FALSE(p.a.link->drained());
  const auto lost = p.a.link->close(p.a.peer->close(Error(ErrorKind::unavailable, "gone"), p.now));
  REQUIRE(lost.size() == 1);
  CHECK_FALSE(lost[0].may_have_left);
}

TEST_CASE("a channel that asks for turns and writes nothing in them does not hold the link") {
  Busy p;
  p.send(1);
  EchoChannel::insists = true;

  p.a.link->pump(p.now, p.a.out);

  EchoChannel::insists = false;
  CHECK(p.bytes_before(wire::FrameKind::call) == 0);
}

TEST_CASE("a large call has its chunk after so many small ones, also when they take many turns") {
  Pair p;
  p.send(1, 200'000);
  for (std::uint64_t i = 2; i <= 130; ++i) p.send(i, 10'000);

  p.a.link->pump(p.now, p.a.out);
  Pair::carry(p.a, p.b);

  const auto& kinds = p.b.kinds;
  const auto chunk = std::find(kinds.begin(), kinds.end(), wire::FrameKind::chunk);
  CHECK(chunk - kinds.begin() <= 65);
}
