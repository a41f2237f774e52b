// Who may have a link: the words of the handshake, in their order, and what each must say. No I/O and no clock.
//
//   connects                               accepts
//     hello      who, to whom, a nonce  ->
//                                       <-  challenge  who, a nonce     | refuse
//     proof      of the secret, over
//                both words before      ->
//                                       <-  welcome    the same         | refuse
//
// So each side sees that the other has the secret before it believes a name, a replay has another nonce, and a word
// sent back proves the other side's part.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <string>

#include "net/link_secret.h"
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
[[nodiscard]] wire::Challenge make_challenge(const LinkOptions& self);

// The accepting side: the peer that said hello, or why it is refused.
[[nodiscard]] Result<PeerId> judge(const wire::Hello& hello, const LinkOptions& self, const PeerLookup& known);
// The connecting side: whether the one that answered is the one that was called.
[[nodiscard]] Result<void> judge(const wire::Challenge& challenge, const LinkOptions& self, const std::string& peer,
                                 const PeerRuns& runs);

// One side of one handshake. `self` outlives it. The links' thread alone.
class Handshake {
 public:
  // Of the side that accepts.
  Handshake(const LinkOptions& self, PeerLookup known);
  // Of the side that connects, which says its hello; `moves`: for a link that the two have already.
  Handshake(const LinkOptions& self, PeerLookup known, std::string peer, wire::Bytes& out, bool moves = false);

  // The next word of the peer, and the answer to it. True: the peer has proved who it is. `denied` goes to the log and,
  // from the side that accepts, to the peer; anything else is no handshake. `verified`: who the transport says it is,
  // if it does; the peer must call itself the same.
  Result<bool> take(const wire::Frame& frame, wire::Bytes& out, const std::optional<std::string>& verified = {});
  // The last word, of the side that accepts; after it the link is up.
  void welcome(wire::Bytes& out) const;

  // The peer, as it says; to be believed when it has proved it.
  struct Peer {
    std::string node;
    Incarnation incarnation = 0;
    std::uint64_t window = 0;
    std::uint64_t clock = 0;
    wire::Agreement protocol{};  // what the link will speak
    bool moves = false;          // the link is there, and comes over to this connection
  };
  [[nodiscard]] const Peer& peer() const noexcept { return peer_; }
  [[nodiscard]] Side side() const noexcept { return side_; }
  // Accepted, and nothing has been heard yet.
  [[nodiscard]] bool silent() const noexcept { return awaits_ == wire::FrameKind::hello; }

 private:
  Result<bool> take_hello(const wire::Frame& frame, wire::Bytes& out, const std::optional<std::string>& verified);
  Result<bool> take_challenge(const wire::Frame& frame, wire::Bytes& out, const std::optional<std::string>& verified);
  Result<bool> take_proof(const wire::Frame& frame);
  void note(std::span<const char> word);

  const LinkOptions& self_;
  const PeerLookup known_;
  const Side side_;
  wire::FrameKind awaits_;
  Peer peer_;
  std::string said_;  // hello and challenge, as they were sent
};

}  // namespace troupe::net
