// A node's links to its peers: calls go out, answers come back, calls come in, and a lost peer is told of.
//
// One connection per peer, kept up for as long as the Links live: handshake, heartbeats, credit, reconnection
// with backoff. What to do with a call, and whether to send it again, is the router's business.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/limits.h"
#include "base/node_time.h"
#include "base/observer.h"
#include "base/random.h"
#include "net/channel.h"
#include "net/link_gate.h"
#include "net/link_secret.h"
#include "net/plain_transport.h"
#include "net/wires.h"
#include "troupe/error.h"
#include "troupe/ids.h"
#include "troupe/log.h"
#include "wire/envelope.h"
#include "wire/protocol.h"
#include "wire/wrong_owner.h"

namespace troupe::engine {
class Engine;
}

namespace troupe::net {

struct PeerAddress {
  std::string node;  // the peer's name
  std::string host;
  std::uint16_t port = 0;
};

// A peer's number among those that this node has named.
using PeerId = std::uint32_t;
// A node's links are few: each peer costs it a connection. Names that were dropped count, for a number is not given
// twice.
inline constexpr std::size_t kMaxPeers = 1024;

struct LinkOptions {
  std::string cluster;
  std::string node;  // this node's name
  Incarnation incarnation = 0;
  // Of the static list of nodes, or of the coordinator that the nodes find each other by; both ends of a link must have
  // the same.
  std::uint64_t membership_hash = 0;
  // Peers are named while it runs: who is unknown today may be a member tomorrow.
  bool members_change = false;
  // Both ends of a link must have the same, or none; never null.
  std::shared_ptr<const LinkSecret> secret = std::make_shared<const LinkSecret>();
  // Carries the bytes, and may verify the peer's name; never null.
  std::shared_ptr<const Transport> transport = std::make_shared<const PlainTransport>();
  // What this node offers its peers; a test makes it speak as the last version does.
  wire::Offer protocol{};
  // What travels beside calls, with the peers that have it too. The one place where a channel is named. Two that share
  // a feature or a kind of frame are a broken invariant.
  std::vector<ChannelOffer> channels{};
  // Says "I live" this often; a peer silent for `silence` is cut.
  std::chrono::milliseconds heartbeat{500};
  std::chrono::milliseconds silence{3000};
  // From the connection to the last word of the handshake.
  std::chrono::milliseconds handshake{2000};
  // A peer that has a link and connects anew is let in when the link does not answer for this long.
  std::chrono::milliseconds probe{1000};
  // Between attempts to connect: doubles from min to max, each with jitter.
  std::chrono::milliseconds backoff_min{50};
  std::chrono::milliseconds backoff_max{2000};
  // After a refusal, which seldom heals by itself.
  std::chrono::milliseconds backoff_refused{2000};
  // Bytes of calls and answers that may wait for one link; from there on calls are `overloaded`. So one message more
  // than this may wait, and one that is as long as this gets in.
  std::size_t max_backlog_bytes = limits::kMaxLinkBacklogBytes;
  // Bytes of calls taken in from one peer and not yet answered; from there on they are answered `overloaded`.
  std::size_t max_unanswered_bytes = limits::kMaxLinkBacklogBytes;
  // Calls sent to one peer and not answered; past it further ones are `overloaded`. And calls taken in from one peer
  // and not yet answered; past it they are answered `overloaded`.
  std::size_t max_calls = 100'000;
  // A link moves to a new connection before it is as old as this, and is cut when it could not, after the time of two
  // handshakes more; 0: never.
  std::chrono::milliseconds max_age{0};
  // Accepted connections that have said nothing yet, and as many that said hello and have to prove it; past it the
  // oldest makes room for the next.
  std::size_t max_strangers = limits::kMaxStrangers;
  LogSink log;
  const Clock* clock = &system_clock();
  // Of the deadlines of calls, where that is another one; null: `clock`.
  const Clock* call_clock = nullptr;
  // Of this node; outlives the links. Null: calls say when they were first sent as they came.
  NodeTime* time = nullptr;
  // Asked at every tick and before a link is made; outlives the links. Null outside tests.
  const LinkGate* gate = nullptr;
  // Told of links and their traffic; outlives them. Null: nobody is.
  Observer* observer = nullptr;
  // Of a simulation: what carries the bytes instead of the machine's sockets, and where chance comes from. Both outlive
  // the links.
  Wires* wires = nullptr;
  Chance* chance = nullptr;
};

// A call that was on a link when it went down.
struct LostCall {
  wire::EnvelopePtr call;
  // False: no byte of it was handed to the connection, so it did not run.
  bool may_have_left = false;
};

// What the links tell the router. On the links' own thread, one call at a time: must not block.
class LinkEvents {
 public:
  // A call came in: target resolved, reply_to set to the link. Answer with wire::answer(), from any thread.
  virtual void on_call(PeerId from, wire::EnvelopePtr call) noexcept = 0;
  // Where a call for (service, key) goes. An Error goes back to the caller as its answer. A key's length has
  // been checked.
  virtual Result<wire::AddressPtr> resolve(PeerId from, std::uint64_t service_id, std::string_view key) = 0;
  // The peer does not own the actor, did not run the call, and says who owns it.
  virtual void on_wrong_owner(PeerId, wire::EnvelopePtr call, const wire::WrongOwner& said) noexcept {
    wire::answer(std::move(call), said);
  }
  virtual void on_link_up(PeerId peer, Incarnation incarnation) noexcept = 0;
  // `lost`: every call given to send() for this peer and neither answered nor settled. The router retries or
  // answers them.
  virtual void on_link_down(PeerId peer, std::vector<LostCall> lost, const Error& why) noexcept = 0;
  // A link to it could not be made. Only where this node is the one of the two that connects.
  virtual void on_dial_failed(PeerId) noexcept {}

 protected:
  ~LinkEvents() = default;
};

struct LinkStatus {
  PeerId id = 0;
  std::string peer;
  std::string address;  // host:port
  bool up = false;
  Incarnation incarnation = 0;  // the peer's, of the present link or the last one
  TimePoint since{};            // when it went up or down
  std::uint64_t frames_in = 0;
  std::uint64_t frames_out = 0;
  std::uint64_t link_frames_in = 0;  // of the present link
  std::uint64_t link_frames_out = 0;
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  std::size_t pending_calls = 0;  // sent or waiting, not answered
  std::size_t backlog_bytes = 0;
  std::size_t unanswered_calls = 0;     // taken in from the peer
  std::uint64_t refused_out = 0;        // calls to the peer that were one too many
  std::uint64_t refused_in = 0;         // calls of the peer that were
  std::chrono::microseconds rtt{0};     // of the last heartbeat
  std::uint64_t unmatched_replies = 0;  // answers to no pending call
  std::uint64_t dropped_answers = 0;    // answers whose link was gone
  std::string last_error;
};

class Links {
 public:
  // Both outlive the Links.
  Links(engine::Engine& engine, LinkOptions options, LinkEvents& events);
  // Stops, if stop() was not called.
  ~Links();
  Links(const Links&) = delete;
  Links& operator=(const Links&) = delete;

  // Names a peer, which gets the next number. Of two nodes the one whose name sorts first connects, the other accepts.
  // A node that was not named is refused. Any thread.
  Result<PeerId> add_peer(PeerAddress peer);
  // Names it under a number of the caller's choice, or says where a named one is reached now: a link that is up stays.
  // After drop_peer() it is a peer again. `invalid`: the number is another's, or too high. Any thread.
  Result<void> set_peer(PeerId id, PeerAddress peer);
  // Ends its link and refuses it from now on. Any thread.
  void drop_peer(PeerId id);

  // Starts to keep a link to every peer that is this node's to dial. Events come from here on.
  void connect();

  // Takes connections; port 0 picks a free one. The port in use is the result. An address that the
  // transport does not allow is `invalid`: a plain link has no TLS and stays on loopback. May block shortly.
  Result<std::uint16_t> listen(const std::string& host, std::uint16_t port);

  // Hands a call to the peer's link. Any thread, never blocks. `call` is taken over on success alone; then
  // it is answered, or comes back through on_link_down. `unavailable`: no link; `overloaded`: the link's
  // backlog is full; `invalid`: longer than kMaxMessageBytes. In all three it did not run.
  Result<void> send(PeerId peer, wire::EnvelopePtr&& call);

  // Tells the peer that the caller has settled a call that was given to send(). Any thread, never blocks. Nothing when
  // the link it went over is gone.
  void cancel(PeerId peer, wire::EnvelopePtr call);

  // Does now what is done at every tick, and waits for it: what was handed over before is with the sockets then, as far
  // as credit goes. Not from within an event, nor after stop(). False: not within ten seconds.
  [[nodiscard]] bool tick_now();

  // Connections that were accepted and got no link. Any thread.
  [[nodiscard]] std::uint64_t refused() const noexcept;
  // Links that moved to a new connection. Any thread.
  [[nodiscard]] std::uint64_t moved() const noexcept;

  // Any thread; in the order of the PeerIds.
  [[nodiscard]] std::vector<LinkStatus> status() const;

  // Says goodbye, writes what is queued until `deadline`, and closes everything; pending calls come back
  // through on_link_down. Returns when no further event will come. Not from within an event.
  void stop(TimePoint deadline);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace troupe::net
