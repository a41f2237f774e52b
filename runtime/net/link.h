// One connection after its handshake: gives each frame to the channel that takes its kind, lets the channels write in
// turns, and tells whether the peer lives. Bytes in, bytes out and the time are arguments; no socket and no clock in
// here. The links' thread alone.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "net/call_channel.h"
#include "net/channel.h"
#include "net/credit.h"
#include "net/links.h"
#include "net/peer.h"
#include "net/peer_clock.h"
#include "wire/frame.h"

namespace troupe::net {

// What waits for the connection, which a peer that grants credit and does not read would make grow for ever: past this
// nothing is added but what is owed to a ping. The kernel and CAF hold as much again.
inline constexpr std::size_t kMaxUnwrittenBytes = kWindowBytes;
// What a channel writes in its turn, a frame more at most. So between two turns of one each other one adds no more than
// that, however much it has to send.
inline constexpr std::size_t kTurnBytes = wire::kChunkBytes;

class Link {
 public:
  // `way_back`: what calls of the peer are answered to. Opens the channels whose features were agreed.
  Link(Peer& peer, const LinkOptions& options, LinkEvents& events, Ptr<Recipient> way_back, const LinkTerms& terms,
       TimePoint now);
  Link(const Link&) = delete;  // channels refer to it
  Link& operator=(const Link&) = delete;

  // The kinds of frames that its channels take, beside those that every link has.
  [[nodiscard]] std::vector<wire::FrameKind> kinds() const;
  // One frame from the peer. An error: the peer broke the rules, cut it.
  Result<void> take(const wire::Frame& frame, TimePoint now, wire::Bytes& out);
  // Writes what waits, as far as credit goes. Channels have turns until none has more or there is no more room; the one
  // after the last that wrote is the first of the next time.
  void pump(TimePoint now, wire::Bytes& out);
  // As CallChannel::send_now().
  [[nodiscard]] bool send_now(QueuedFrame& frame, TimePoint now, wire::Bytes& out) {
    return calls_.send_now(frame, now, out);
  }
  // To be called often; an error: the peer has been silent for too long.
  Result<void> tick(TimePoint now, wire::Bytes& out);
  // Nobody listened for so long: that is no silence of the peer's.
  void not_listened(TimePoint now, std::chrono::nanoseconds time) noexcept;
  // Asks the peer for a sign of life; `answered_probe()` when it has come.
  void probe(wire::Bytes& out);
  [[nodiscard]] bool answered_probe() const noexcept { return probe_answered_; }
  // Nothing waits to be written.
  [[nodiscard]] bool drained() const noexcept;
  // Ends it. `unsent` is what was left in the peer's box.
  [[nodiscard]] std::vector<LostCall> close(std::vector<QueuedFrame> unsent);

 private:
  void open(Channel& channel, std::span<const wire::FrameKind> kinds);
  Result<void> take_ping(const wire::Frame& frame, wire::Bytes& out);
  Result<void> take_pong(const wire::Frame& frame);
  Result<void> take_goodbye(const wire::Frame& frame);
  std::uint64_t ping(wire::Bytes& out);

  Peer& peer_;
  const LinkOptions& options_;
  const LinkTerms terms_;
  PeerClock clock_;

  CallChannel calls_;
  std::vector<std::unique_ptr<Channel>> more_;  // of LinkOptions::channels
  std::vector<Channel*> channels_;              // all that are open
  std::array<Channel*, 256> takers_{};          // by the kind of a frame; null: none
  std::size_t next_ = 0;                        // who has the first turn

  LinkEnd end_ = LinkEnd::lost;
  TimePoint last_heard_;
  TimePoint last_ping_;
  std::uint64_t probe_stamp_ = 0;  // 0: none was asked
  bool probe_answered_ = false;
};

}  // namespace troupe::net
