// Who may have a link: pure decisions on the two words of the handshake. No I/O.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "net/links.h"
#include "wire/frame.h"

namespace troupe::net {

// What a node knows of a peer before it says hello.
struct KnownPeer {
  PeerId id = 0;
  Incarnation last_seen = 0;  // the newest incarnation that had a link; 0: none yet
};
using PeerLookup = std::function<std::optional<KnownPeer>(const std::string& node)>;

// Of two nodes the one whose name sorts first connects, so that there is one connection and not two.
[[nodiscard]] inline bool dials(const std::string& self, const std::string& peer) { return self < peer; }

[[nodiscard]] wire::Hello make_hello(const LinkOptions& self, const std::string& peer);
[[nodiscard]] wire::Welcome make_welcome(const LinkOptions& self);

// The accepting side: the peer that said hello, or why it is refused.
[[nodiscard]] Result<PeerId> judge(const wire::Hello& hello, const LinkOptions& self, const PeerLookup& known);
// The connecting side: whether the one that answered is the one that was called.
[[nodiscard]] Result<void> judge(const wire::Welcome& welcome, const std::string& peer, Incarnation last_seen);

}  // namespace troupe::net
