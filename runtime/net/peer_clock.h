// What time it is at the peer, as far as this node can tell: the peer says its time in the handshake and in its pings,
// and in between this node counts by its own. A moment is never named later than it was: what the peer said was on its
// way for some time, and that is not known. The links' thread alone.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/node_time.h"

namespace troupe::net {

class PeerClock {
 public:
  // `own` outlives it. Null: this node does not know its own time, and moments are said as they came.
  explicit PeerClock(const NodeTime* own) noexcept : own_(own) {}

  // The peer's time was this much when it wrote what has just been read; 0: it does not say.
  void heard(std::uint64_t peers) noexcept {
    if (own_ && peers != 0 && peers < kNoTime) moment_ = {peers, own_->now() + 1};
  }

  // A moment of this node by the clock of the peer, and not later. How long this machine was off since then is taken
  // off, too, for its time stood still. 0 and what no node's clock shows stay as they are, and so does everything until
  // the peer has said its time.
  [[nodiscard]] std::uint64_t in_peers_time(std::uint64_t own_ms) const {
    if (moment_.peers == 0 || own_ms == 0 || own_ms >= kNoTime) return own_ms;
    const auto ago = static_cast<std::int64_t>(moment_.own - own_ms);
    const auto off = static_cast<std::int64_t>(own_->paused_since(own_ms));
    return static_cast<std::uint64_t>(std::max<std::int64_t>(1, static_cast<std::int64_t>(moment_.peers) - ago - off));
  }

 private:
  // No node's time comes so far; what is reckoned with less does not overflow.
  static constexpr std::uint64_t kNoTime = std::uint64_t{1} << 60;

  // The peer's time, at least, when this node's was `own`; 0: the peer does not say.
  struct Moment {
    std::uint64_t peers = 0;
    std::uint64_t own = 0;
  } moment_;
  const NodeTime* own_;
};

}  // namespace troupe::net
