// Each refusal says what is wrong and, where there is one, the remedy: the other side logs it.
#include "net/handshake.h"

#include <algorithm>

#include "net/link.h"

namespace troupe::net {
namespace {

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
  hello.clock = self.time ? self.time->now() : 0;
  return hello;
}

wire::Welcome make_welcome(const LinkOptions& self) {
  return {self.node, self.incarnation, kWindowBytes, self.time ? self.time->now() : 0};
}

Result<PeerId> judge(const wire::Hello& hello, const LinkOptions& self, const PeerLookup& known) {
  if (hello.magic != wire::kMagic) return refuse("this is not a Troupe node");
  if (hello.version != wire::kProtocolVersion)
    return refuse("it speaks protocol version " + std::to_string(hello.version) + ", node " + self.node + " speaks " +
                  std::to_string(wire::kProtocolVersion));
  if (hello.cluster != self.cluster)
    return refuse("it belongs to cluster '" + hello.cluster + "', node " + self.node + " to '" + self.cluster + "'");
  if (hello.peer != self.node)
    return refuse("it looks for node '" + hello.peer + "', this is node '" + self.node + "'");
  const auto peer = known(hello.node);
  if (!peer) return refuse("node '" + hello.node + "' is not a member of cluster '" + self.cluster + "'");
  if (hello.membership_hash != self.membership_hash)
    return refuse("nodes '" + hello.node + "' and '" + self.node +
                  "' have different lists of nodes; give all nodes of the cluster the same list");
  if (!dials(hello.node, self.node))
    return refuse("between nodes '" + self.node + "' and '" + hello.node + "' it is the former that connects");
  if (auto ok = check_run(hello.node, hello.incarnation, peer->runs); !ok) return ok.error();
  if (auto ok = check_window(hello.window); !ok) return ok.error();
  return PeerId{peer->id};
}

Result<void> judge(const wire::Welcome& welcome, const std::string& peer, const PeerRuns& runs) {
  if (welcome.node != peer) return refuse("node '" + peer + "' was called, node '" + welcome.node + "' answered");
  if (auto ok = check_run(peer, welcome.incarnation, runs); !ok) return ok;
  return check_window(welcome.window);
}

}  // namespace troupe::net
