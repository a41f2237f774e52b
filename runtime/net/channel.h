// What travels on a link. A channel takes some kinds of frames and sends them; calls are the first, and each further
// one is a class and an entry in LinkOptions::channels. A link opens a channel when both sides have its feature, and
// never else: so a peer without it is sent none of its frames, and one that sends them all the same breaks the protocol
// and is cut.
//
//      LinkOptions::channels            Link: heartbeats, silence, goodbye
//        feature, kinds, open()   --->    |-- take(frame)  by its kind, to one channel
//                                         |-- pump()       in turns, so that none starves another
//                                         '-- tick(), drained(), close()
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "troupe/error.h"
#include "troupe/ids.h"
#include "wire/frame.h"
#include "wire/protocol.h"

namespace troupe::net {

struct LinkOptions;
class Peer;
class PeerClock;

// Goodbye: the peer said that it stops, and in order.
enum class LinkEnd { lost, goodbye };

// One link's traffic of one sort. It lives as long as its link. Every function runs on the links' thread and must not
// block. `out` is what the connection will be written; it is appended to, never read or cut.
class Channel {
 public:
  virtual ~Channel() = default;

  // A frame of one of the channel's kinds, valid during the call. An error: the peer broke the protocol
  // (`broke_protocol()`), and the link is cut. Write here what is small and due at once, such as credit, and leave the
  // rest to pump(), which knows how much room there is. `now`: of LinkOptions::clock.
  virtual Result<void> take(const wire::Frame& frame, TimePoint now, wire::Bytes& out) = 0;

  // The channel's turn to write what waits, until `out` has `limit` bytes or it has nothing more that it may send; the
  // last frame may go past the limit. Where there is no room from the start it writes nothing but what cannot grow
  // without an end. True: it stopped for the limit alone and wants another turn; after a round in
  // which nobody wrote there is none. `now`: of LinkOptions::call_clock.
  virtual bool pump(TimePoint now, wire::Bytes& out, std::size_t limit) = 0;

  // Every 50 ms, more or less. An error ends the link. `now`: of LinkOptions::clock.
  virtual Result<void> tick(TimePoint now, wire::Bytes& out) = 0;

  // Nothing waits that a node which stops has to write first. Right after pump().
  [[nodiscard]] virtual bool drained() const noexcept = 0;

  // The link has ended, as it does once: give back what was not sent, let go of what the peer had asked for. Only the
  // destructor follows.
  virtual void close(LinkEnd how) = 0;
};

// What the two sides said before the link was up.
struct LinkTerms {
  Incarnation incarnation = 0;  // of the peer
  std::uint64_t window = 0;     // of calls: what the peer lets this side send
  std::uint64_t clock = 0;      // the peer's time when it said so; 0: it does not say
  wire::Agreement protocol{};
};

// What a channel may use of its link; all of it outlives the channel.
struct LinkParts {
  Peer& peer;
  const LinkOptions& options;
  const LinkTerms& terms;
  const PeerClock& clock;
};

// A channel that this node has. Whoever makes the links names it in LinkOptions::channels, and its feature is offered
// in every handshake.
struct ChannelOffer {
  // One bit, its own; listed in wire/protocol.h.
  wire::Features feature = 0;
  // Its own, past those of every link; listed in wire/frame.h. With or without a payload: the channel judges.
  std::vector<wire::FrameKind> kinds;
  // Makes the channel of a link that comes up with the feature. On the links' thread; never null.
  std::function<std::unique_ptr<Channel>(const LinkParts&)> open;
};

// What this node offers with these channels. `invalid`: one of them cannot be told from another, or from what every
// link has.
[[nodiscard]] Result<wire::Offer> offer_with(const std::vector<ChannelOffer>& channels, wire::Offer offer);

[[nodiscard]] inline Error broke_protocol(std::string what) {
  return Error(ErrorKind::corrupt, "the peer broke the protocol: " + std::move(what));
}

}  // namespace troupe::net
