// Two ends of a link in one thread: what one writes the other is fed, and the test owns the time.
#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <utility>
#include <vector>

#include "net/link.h"
#include "testing/manual_clock.h"
#include "unit/wire/call_fixture.h"

namespace troupe::testing {

using namespace net;

struct SilentNotifier final : Notifier {
  void notify() noexcept override {}
};

// One end, and the node behind it: it keeps the calls that come in, or answers them at once.
struct End final : LinkEvents, wire::FrameSink {
  static constexpr std::size_t kBacklogBytes = 8u << 20;
  static constexpr std::size_t kCalls = 1'000;

  explicit End(const char* name) {
    options.node = name;
    options.max_backlog_bytes = kBacklogBytes;
  }

  ~End() { (void)link->close(peer->close(Error(ErrorKind::unavailable, "the test ends"), *now)); }
  void open(TimePoint at, const LinkTerms& terms = {.incarnation = 1, .window = kWindowBytes}) {
    link = std::make_unique<Link>(*peer, options, *this, peer->open(1, at), terms, at);
    parser = wire::FrameParser();
    parser.also_takes(link->kinds());
  }
  void on_call(PeerId, wire::EnvelopePtr call) noexcept override { calls.push_back(std::move(call)); }
  Result<wire::AddressPtr> resolve(PeerId, std::uint64_t service, std::string_view key) override {
    if (service != stock_service().id) return Error(ErrorKind::not_found, "no such service");
    return stock(std::string(key));
  }
  void on_link_up(PeerId, Incarnation) noexcept override {}
  void on_link_down(PeerId, std::vector<LostCall>, const Error&) noexcept override {}
  Result<void> on_frame(const wire::Frame& frame) override {
    kinds.push_back(frame.kind);
    return link->take(frame, *now, out);
  }

  LinkOptions options;
  std::shared_ptr<Peer> peer = std::make_shared<Peer>(0, PeerAddress{"peer", "127.0.0.1", 1}, kBacklogBytes, kCalls,
                                                      std::make_shared<SilentNotifier>());
  std::unique_ptr<Link> link;
  wire::FrameParser parser;
  wire::Bytes out;
  std::vector<wire::EnvelopePtr> calls;
  std::vector<wire::FrameKind> kinds;
  const TimePoint* now = nullptr;
};

struct Pair {
  Pair() {
    for (End* end : {&a, &b}) {
      end->now = &now;
      end->open(now);
    }
  }
  // Moves bytes until both ends are quiet.
  void run() {
    for (;;) {
      a.link->pump(now, a.out);
      b.link->pump(now, b.out);
      if (a.out.empty() && b.out.empty()) return;
      carry(a, b);
      carry(b, a);
    }
  }
  static void carry(End& from, End& to) {
    wire::Bytes bytes = std::exchange(from.out, {});
    to.parser.feed(bytes, to).value();
  }
  wire::EnvelopePtr send(std::uint64_t id, std::size_t bytes = 10) {
    auto call = call_to("sku-1", id, bytes);
    call->reply_to = home;
    REQUIRE(a.peer->offer(wire::EnvelopePtr(call)));
    return call;
  }

  ManualClock clock;
  TimePoint now = clock.now();
  End a{"a"}, b{"b"};
  Ptr<Home> home = make_counted<Home>();
};

// Lets an end hear one frame that the other would not send.
template <class Write>
[[nodiscard]] Result<void> heard(End& end, Write&& write) {
  wire::Bytes bytes;
  write(bytes);
  return end.parser.feed(bytes, end);
}

}  // namespace troupe::testing
