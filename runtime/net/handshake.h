// Who may have a link: pure decisions on the two words of the handshake. No I/O.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <string>

#include "net/links.h"
#include "wire/frame.h"

namespace troupe::net {

// The runs of one peer that had a link. Which of two runs is the later one tells the order in which their links came
// up, and nothing else: clocks may be set back, and so may stores.
class PeerRuns {
 public:
  // 0: none had a link yet.
  [[nodiscard]] Incarnation latest() const noexcept { return latest_; }
  // Whether another run has followed it: it is over, whatever still speaks for it.
  [[nodiscard]] bool is_over(Incarnation run) const noexcept;
  void came_up(Incarnation run);

 private:
  Incarnation latest_ = 0;
  std::deque<Incarnation> over_;  // the last limits::kPastIncarnations of them
};

// What a node knows of a peer before it says hello.
struct KnownPeer {
  PeerId id = 0;
  PeerRuns runs{};
};
using PeerLookup = std::function<std::optional<KnownPeer>(const std::string& node)>;

// Of two nodes the one whose name sorts first connects, so that there is one connection and not two.
[[nodiscard]] inline bool dials(const std::string& self, const std::string& peer) { return self < peer; }

[[nodiscard]] wire::Hello make_hello(const LinkOptions& self, const std::string& peer);
[[nodiscard]] wire::Welcome make_welcome(const LinkOptions& self);

// The accepting side: the peer that said hello, or why it is refused.
[[nodiscard]] Result<PeerId> judge(const wire::Hello& hello, const LinkOptions& self, const PeerLookup& known);
// The connecting side: whether the one that answered is the one that was called.
[[nodiscard]] Result<void> judge(const wire::Welcome& welcome, const std::string& peer, const PeerRuns& runs);

}  // namespace troupe::net
