// Each refusal says what is wrong and, where there is one, the remedy: the other side logs it.
#include "net/handshake.h"

#include <algorithm>

#include "net/credit.h"

namespace troupe::net {
namespace {

using wire::FrameKind;

Error refuse(std::string why) { return Error(ErrorKind::denied, std::move(why)); }

Result<void> check_window(std::uint64_t window) {
  if (window >= kMinWindowBytes && window <= kMaxWindowBytes) return {};
  return refuse("a window of " + std::to_string(window) + " bytes is not between " + std::to_string(kMinWindowBytes) +
                " and " + std::to_string(kMaxWindowBytes));
}

Result<void> check_run(const std::string& node, Incarnation run, const PeerRuns& runs) {
  if (!runs.is_over(run)) return {};
  return refuse("incarnation " + std::to_string(run) + " of node " + node + " is over: incarnation " +
                std::to_string(runs.latest()) + " has followed it; if both run, end one of them");
}

Result<void> check_versions(const LinkOptions& self, const std::string& peer, const wire::Offer& peers) {
  if (wire::agree(self.protocol, peers)) return {};
  return refuse("node '" + peer + "' speaks protocol " + versions_text(peers) + ", node '" + self.node + "' " +
                versions_text(self.protocol) + ", and they have none in common; run the same build on all nodes");
}

// What is proved is checked later; this tells a forgotten configuration from a wrong secret.
Result<void> check_secret(const LinkOptions& self, const std::string& peer, bool peer_has) {
  if (peer_has == self.secret->given()) return {};
  return refuse("of nodes '" + self.node + "' and '" + peer + "' '" + (peer_has ? peer : self.node) +
                "' alone has a secret; give all nodes of the cluster the same link_secret");
}

Result<void> check_verified(const std::string& peer, const std::optional<std::string>& verified) {
  if (!verified || *verified == peer) return {};
  return refuse("what says that it is node '" + peer + "' has proved that it is node '" + *verified +
                "'; find out who it is, or give each node its own certificate");
}

std::uint64_t clock_of(const LinkOptions& self) { return self.time ? self.time->now() : 0; }

std::span<const char> header_of(const wire::Frame& frame) {
  return {reinterpret_cast<const char*>(frame.header.data()), frame.header.size_bytes()};
}

}  // namespace

bool PeerRuns::is_over(Incarnation run) const noexcept {
  return std::find(over_.begin(), over_.end(), run) != over_.end();
}

void PeerRuns::came_up(Incarnation run) {
  if (latest_ != 0 && latest_ != run) {
    over_.push_back(latest_);
    if (over_.size() > limits::kPastIncarnations) over_.pop_front();
  }
  latest_ = run;
}

wire::Hello make_hello(const LinkOptions& self, const std::string& peer) {
  wire::Hello hello;
  hello.cluster = self.cluster;
  hello.node = self.node;
  hello.peer = peer;
  hello.incarnation = self.incarnation;
  hello.membership_hash = self.membership_hash;
  hello.window = kWindowBytes;
  hello.clock = clock_of(self);
  hello.nonce = new_nonce(self.chance);
  hello.has_secret = self.secret->given();
  hello.protocol = self.protocol;
  return hello;
}

wire::Challenge make_challenge(const LinkOptions& self) {
  return {self.node,    self.incarnation, kWindowBytes, clock_of(self), new_nonce(self.chance), self.secret->given(),
          self.protocol};
}

Result<PeerId> judge(const wire::Hello& hello, const LinkOptions& self, const PeerLookup& known) {
  if (hello.magic != wire::kMagic) return refuse("this is not a Troupe node");
  if (auto ok = check_versions(self, hello.node, hello.protocol); !ok) return ok.error();
  if (hello.cluster != self.cluster)
    return refuse("it belongs to cluster '" + hello.cluster + "', node " + self.node + " to '" + self.cluster + "'");
  if (hello.peer != self.node)
    return refuse("it looks for node '" + hello.peer + "', this is node '" + self.node + "'");
  const auto peer = known(hello.node);
  if (!peer)
    return refuse("node '" + hello.node + "' is not a member of cluster '" + self.cluster + "'" +
                  (self.members_change ? ", as far as node '" + self.node + "' knows" : ""));
  if (hello.membership_hash != self.membership_hash)
    return refuse("nodes '" + hello.node + "' and '" + self.node +
                  (self.members_change
                       ? "' find each other by different coordinators; give all nodes of the cluster the same one"
                       : "' have different lists of nodes; give all nodes of the cluster the same list"));
  if (!dials(hello.node, self.node))
    return refuse("between nodes '" + self.node + "' and '" + hello.node + "' it is the former that connects");
  if (auto ok = check_secret(self, hello.node, hello.has_secret); !ok) return ok.error();
  if (auto ok = check_run(hello.node, hello.incarnation, peer->runs); !ok) return ok.error();
  if (auto ok = check_window(hello.window); !ok) return ok.error();
  return PeerId{peer->id};
}

Result<void> judge(const wire::Challenge& challenge, const LinkOptions& self, const std::string& peer,
                   const PeerRuns& runs) {
  if (challenge.node != peer) return refuse("node '" + peer + "' was called, node '" + challenge.node + "' answered");
  if (auto ok = check_versions(self, peer, challenge.protocol); !ok) return ok;
  if (auto ok = check_secret(self, peer, challenge.has_secret); !ok) return ok;
  if (auto ok = check_run(peer, challenge.incarnation, runs); !ok) return ok;
  return check_window(challenge.window);
}

Handshake::Handshake(const LinkOptions& self, PeerLookup known)
    : self_(self), known_(std::move(known)), side_(Side::accepts), awaits_(FrameKind::hello) {}

Handshake::Handshake(const LinkOptions& self, PeerLookup known, std::string peer, wire::Bytes& out, bool moves)
    : self_(self), known_(std::move(known)), side_(Side::connects), awaits_(FrameKind::challenge) {
  peer_.node = std::move(peer);
  peer_.moves = moves;
  const std::size_t before = out.size();
  auto hello = make_hello(self_, peer_.node);
  hello.moves = moves;
  append(out, hello);
  note(std::span(out).subspan(before + wire::kPreludeBytes));
}

Result<bool> Handshake::take(const wire::Frame& frame, wire::Bytes& out, const std::optional<std::string>& verified) {
  if (side_ == Side::connects && frame.kind == FrameKind::refuse) {
    auto reason = wire::read_reason(frame);
    if (!reason) return reason.error();
    return refuse("node " + peer_.node + " refuses the link: " + *reason);
  }
  if (frame.kind != awaits_)
    return Error(ErrorKind::corrupt, "a " + std::string(to_string(frame.kind)) + " instead of a " +
                                         std::string(to_string(awaits_)) + " in the handshake");
  switch (frame.kind) {
    case FrameKind::hello: return take_hello(frame, out, verified);
    case FrameKind::challenge: return take_challenge(frame, out, verified);
    default: return take_proof(frame);
  }
}

Result<bool> Handshake::take_hello(const wire::Frame& frame, wire::Bytes& out,
                                   const std::optional<std::string>& verified) {
  auto hello = wire::read_hello(frame);
  if (!hello) return hello.error();
  if (auto ok = judge(*hello, self_, known_); !ok) return ok.error();
  if (auto ok = check_verified(hello->node, verified); !ok) return ok.error();
  peer_ = {hello->node, hello->incarnation, hello->window, hello->clock, *wire::agree(self_.protocol, hello->protocol),
           hello->moves};
  note(header_of(frame));
  const std::size_t before = out.size();
  append(out, make_challenge(self_));
  note(std::span(out).subspan(before + wire::kPreludeBytes));
  awaits_ = FrameKind::proof;
  return false;
}

Result<bool> Handshake::take_challenge(const wire::Frame& frame, wire::Bytes& out,
                                       const std::optional<std::string>& verified) {
  auto challenge = wire::read_challenge(frame);
  if (!challenge) return challenge.error();
  const auto known = known_(peer_.node);
  if (auto ok = judge(*challenge, self_, peer_.node, known ? known->runs : PeerRuns()); !ok) return ok.error();
  if (auto ok = check_verified(peer_.node, verified); !ok) return ok.error();
  peer_.incarnation = challenge->incarnation;
  peer_.window = challenge->window;
  peer_.clock = challenge->clock;
  peer_.protocol = *wire::agree(self_.protocol, challenge->protocol);
  note(header_of(frame));
  append_proof(out, FrameKind::proof, self_.secret->prove(Side::connects, said_));
  awaits_ = FrameKind::welcome;
  return false;
}

// Of either side, by the other.
Result<bool> Handshake::take_proof(const wire::Frame& frame) {
  auto mac = wire::read_proof(frame);
  if (!mac) return mac.error();
  const Side prover = side_ == Side::connects ? Side::accepts : Side::connects;
  if (!self_.secret->is_proof(*mac, prover, said_))
    return refuse("what says that it is node '" + peer_.node + "' does not have the secret of node '" + self_.node +
                  "'; give all nodes of the cluster the same link_secret, or find out who it is");
  // Another connection of the node may have come up meanwhile.
  const auto known = known_(peer_.node);
  if (auto ok = check_run(peer_.node, peer_.incarnation, known ? known->runs : PeerRuns()); !ok) return ok.error();
  return true;
}

void Handshake::welcome(wire::Bytes& out) const {
  append_proof(out, FrameKind::welcome, self_.secret->prove(Side::accepts, said_));
}

// With its length, so that no two pairs of words read the same.
void Handshake::note(std::span<const char> word) {
  const std::uint64_t length = word.size();
  for (int shift = 0; shift < 64; shift += 8) said_ += static_cast<char>(length >> shift);
  said_.append(word.data(), word.size());
}

}  // namespace troupe::net
