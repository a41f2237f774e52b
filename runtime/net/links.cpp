// The public side: hands calls to peers' boxes, everything else to the loop.
#include "net/links.h"

#include <algorithm>
#include <future>

#include "base/check.h"
#include "engine/engine.h"
#include "net/link_table.h"
#include "net/sockets.h"

namespace troupe::net {
namespace {

// Fine enough for the shortest of the link's times, rare enough to cost nothing.
std::chrono::milliseconds tick_of(const LinkOptions& options) {
  const auto shortest = std::min({options.heartbeat, options.silence, options.handshake, options.backoff_min});
  return std::clamp(shortest / 2, std::chrono::milliseconds(1), std::chrono::milliseconds(50));
}

}  // namespace

struct Links::Parts {
  std::shared_ptr<Sockets> sockets;
  std::shared_ptr<LinkTable> board;
  Steps* steps = nullptr;
  bool stopped = false;
};

Links::Links(engine::Engine& engine, LinkOptions options, LinkEvents& events) : parts_(std::make_unique<Parts>()) {
  const auto tick = tick_of(options);
  auto offer = offer_with(options.channels, options.protocol);
  TROUPE_CHECK(offer.ok());
  options.protocol = *offer;
  parts_->steps = engine.steps();
  parts_->sockets = Sockets::create(engine, options.wires);
  parts_->board = std::make_shared<LinkTable>(parts_->sockets, std::move(options), events);
  parts_->sockets->start(parts_->board, tick);
}

Links::~Links() { stop(TimePoint::min()); }

Result<PeerId> Links::add_peer(PeerAddress peer) { return parts_->board->add_peer(std::move(peer)); }

Result<void> Links::set_peer(PeerId id, PeerAddress peer) { return parts_->board->set_peer(id, std::move(peer)); }

void Links::drop_peer(PeerId id) { parts_->board->drop_peer(id); }

void Links::connect() { parts_->board->connect(); }

Result<std::uint16_t> Links::listen(const std::string& host, std::uint16_t port) {
  if (auto ok = parts_->board->options().transport->check_address(host); !ok) return ok.error();
  return parts_->sockets->listen(host, port);
}

Result<void> Links::send(PeerId peer, wire::EnvelopePtr&& call) {
  Peer* to = parts_->board->peer(peer);
  if (!to) return Error(ErrorKind::invalid, "there is no peer number " + std::to_string(peer));
  return to->offer(std::move(call));
}

void Links::cancel(PeerId peer, wire::EnvelopePtr call) {
  if (Peer* to = parts_->board->peer(peer)) to->cancel(std::move(call));
}

bool Links::tick_now() {
  auto done = std::make_shared<std::promise<void>>();
  auto ticked = done->get_future();
  parts_->sockets->post([board = parts_->board, done] {
    board->on_tick();
    done->set_value();
  });
  return ticked.wait_for(std::chrono::seconds(10)) == std::future_status::ready;
}

std::vector<LinkStatus> Links::status() const {
  std::vector<LinkStatus> out;
  for (const Peer* peer : parts_->board->peers()) out.push_back(peer->status());
  return out;
}

std::uint64_t Links::refused() const noexcept { return parts_->board->refused(); }
std::uint64_t Links::moved() const noexcept { return parts_->board->moved(); }

void Links::stop(TimePoint deadline) {
  if (std::exchange(parts_->stopped, true)) return;
  std::promise<void> done;
  const auto ended = done.get_future();
  parts_->sockets->post([&] { parts_->board->stop(deadline, [&done] { done.set_value(); }); });
  wait_until_ready(ended, parts_->steps);
}

}  // namespace troupe::net
