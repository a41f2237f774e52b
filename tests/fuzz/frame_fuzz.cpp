// Bytes from a stranger, through everything that reads them before a handler sees them: parser, headers,
// payloads, and a link with its chunks and tickets. Nothing may crash, hang, or take memory without measure.
#include <cstdint>
#include <memory>

#include "base/check.h"
#include "net/handshake.h"
#include "net/link.h"
#include "troupe/service.h"

namespace troupe {
namespace {

class NoSink final : public wire::CallSink {
 public:
  NoSink() : CallSink(origin_) {}
  void deliver(wire::EnvelopePtr) noexcept override {}
  void deliver_watched(wire::EnvelopePtr) noexcept override {}

 private:
  wire::CallOrigin origin_{system_clock(), std::chrono::seconds(10), 1};
};

struct SilentNotifier final : net::Notifier {
  void notify() noexcept override {}
};

const ServiceInfo kService{};

net::LinkOptions of_a_member() {
  net::LinkOptions options;
  options.cluster = "c";
  options.node = "b";
  options.secret = std::make_shared<const net::LinkSecret>("what no input knows");
  return options;
}

struct Victim final : net::LinkEvents, wire::FrameSink {
  Victim() {
    options.time = &sink.origin.time;
    link = std::make_unique<net::Link>(*peer, options, *this, peer->open(1, now),
                                       net::LinkTerms{.window = net::kWindowBytes}, now);
  }

  // One of its own, which says by the stranger's time when it was first sent.
  void call() {
    auto call = make_counted<wire::Envelope>();
    call->target = make_counted<wire::Address>(sink, kService, 0, "key", PartitionId{0});
    call->id = {1, 1};
    call->first_sent_ms = sink.origin.time.now();
    (void)peer->offer(std::move(call));
  }

  void on_call(net::PeerId, wire::EnvelopePtr call) noexcept override {
    if (call->method % 2 == 0) call->results.build().setAs<capnp::AnyPointer>(call->params.read());
    wire::answer(std::move(call));
  }
  Result<wire::AddressPtr> resolve(net::PeerId, std::uint64_t service, std::string_view key) override {
    if (service % 3 == 1) return Error(ErrorKind::not_found, "no such service");
    return make_counted<wire::Address>(sink, kService, service, std::string(key), PartitionId{0});
  }
  void on_link_up(net::PeerId, Incarnation) noexcept override {}
  void on_link_down(net::PeerId, std::vector<net::LostCall>, const Error&) noexcept override {}

  Result<void> on_frame(const wire::Frame& frame) override {
    (void)wire::read_hello(frame);
    (void)wire::read_challenge(frame);
    (void)wire::read_proof(frame);
    (void)wire::read_reason(frame);
    for (net::Handshake* side : {&accepts, &connects}) {
      wire::Bytes answer;
      auto proved = side->take(frame, answer);
      TROUPE_CHECK(!proved || !*proved);  // nobody has the secret
    }
    return link->take(frame, now, out);
  }

  NoSink sink;
  TimePoint now{std::chrono::hours(1)};
  net::LinkOptions options = of_a_member();
  const net::PeerLookup knows = [](auto&) { return net::KnownPeer{}; };
  wire::Bytes hello;
  net::Handshake accepts{options, knows};
  net::Handshake connects{options, knows, "b", hello};
  std::shared_ptr<net::Peer> peer = std::make_shared<net::Peer>(0, net::PeerAddress{"peer", "127.0.0.1", 1}, 1u << 20,
                                                                1'000, std::make_shared<SilentNotifier>());
  std::unique_ptr<net::Link> link;
  wire::FrameParser parser;
  wire::Bytes out;
};

}  // namespace
}  // namespace troupe

// The first byte says how the rest is cut into slices.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  troupe::Victim victim;
  const std::size_t slice = data[0] == 0 ? size : data[0];
  std::span<const char> bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  while (!bytes.empty()) {
    const auto part = bytes.first(std::min(slice, bytes.size()));
    bytes = bytes.subspan(part.size());
    if (!victim.parser.feed(part, victim)) break;
    victim.call();
    victim.link->pump(victim.now, victim.out);
    TROUPE_CHECK(victim.parser.held_bytes() <= 2 * troupe::limits::kMaxFrameBytes);
  }
  (void)victim.link->close(victim.peer->close(troupe::Error(troupe::ErrorKind::unavailable, "done"), victim.now));
  return 0;
}
