// Which peers there are: named by any thread, while the loop keeps links to them. A peer that was named once keeps its
// entry, for others hold its number.
#include <utility>

#include "net/link_table_parts.h"

namespace troupe::net {

Result<void> LinkTable::check_peer(const PeerAddress& address) const {
  if (address.node.empty() || address.node == options_.node)
    return Error(ErrorKind::invalid, "node '" + options_.node + "' cannot have a link to '" + address.node + "'");
  if (address.node.size() > wire::kMaxNameBytes)
    return Error(ErrorKind::invalid, "the name of a node has " + std::to_string(address.node.size()) + " bytes, " +
                                         std::to_string(wire::kMaxNameBytes) + " are allowed");
  return options_.transport->check_address(address.host);
}

void LinkTable::put_peer(PeerId id, PeerAddress address) {
  auto made = std::make_unique<PeerEntry>(
      *this, std::make_shared<Peer>(id, std::move(address), options_.max_backlog_bytes, options_.max_calls, sockets_));
  made->dialled_from_here = dials(options_.node, made->peer->node);
  made->backoff = options_.backoff_min;
  entries_[id].store(made.get(), std::memory_order_release);
  if (id >= past_last_.load(std::memory_order_relaxed)) past_last_.store(id + 1, std::memory_order_release);
  named_.push_back(std::move(made));
}

Result<PeerId> LinkTable::add_peer(PeerAddress address) {
  if (auto ok = check_peer(address); !ok) return ok.error();
  std::lock_guard lock(adding_);
  if (entry_of(address.node))
    return Error(ErrorKind::invalid, "node '" + address.node + "' is in the list of nodes twice");
  const PeerId id = past_last_.load(std::memory_order_relaxed);
  if (id == kMaxPeers)
    return Error(ErrorKind::invalid, "more than " + std::to_string(kMaxPeers) + " peers: " + address.node);
  put_peer(id, std::move(address));
  return id;
}

Result<void> LinkTable::set_peer(PeerId id, PeerAddress address) {
  if (auto ok = check_peer(address); !ok) return ok.error();
  if (id >= kMaxPeers)
    return Error(ErrorKind::invalid, "node '" + address.node + "' would be peer number " + std::to_string(id) +
                                         "; a node knows at most " + std::to_string(kMaxPeers) +
                                         " others by name in one run: start it anew");
  {
    std::lock_guard lock(adding_);
    const PeerEntry* known = entry_of(address.node);
    if (const PeerEntry* there = entry(id); there != known)
      return Error(ErrorKind::invalid, "node '" + address.node + "' cannot be peer number " + std::to_string(id) +
                                           ": " +
                                           (known ? "it has another number" : "node '" + there->peer->node + "' is"));
    if (!known)
      put_peer(id, std::move(address));
    else
      known->peer->move_to(std::move(address));
  }
  sockets_->post([self = shared_from_this(), id] {
    PeerEntry& entry = *self->entry(id);
    entry.present = true;
    entry.backoff = self->options_.backoff_min;
    entry.dial_at = {};
    self->on_tick();
  });
  return {};
}

void LinkTable::drop_peer(PeerId id) {
  if (!entry(id)) return;
  sockets_->post([self = shared_from_this(), id] {
    PeerEntry& entry = *self->entry(id);
    entry.present = false;
    const Error why(ErrorKind::unavailable, "node " + entry.peer->node + " is no member of the cluster any more");
    if (entry.contender) self->cut(entry.contender->id, why, LastWord::none);
    if (entry.connection) self->cut(entry.connection->id, why, LastWord::goodbye);
    entry.peer->note_error(why);
    self->sweep_cut();
  });
}

Peer* LinkTable::peer(PeerId id) const noexcept {
  PeerEntry* known = entry(id);
  return known ? known->peer.get() : nullptr;
}

std::vector<Peer*> LinkTable::peers() const {
  std::vector<Peer*> out;
  for_each_peer([&](const PeerEntry& known) { out.push_back(known.peer.get()); });
  return out;
}

LinkTable::PeerEntry* LinkTable::entry_of(const std::string& node) const {
  PeerEntry* found = nullptr;
  for_each_peer([&](PeerEntry& known) {
    if (known.peer->node == node) found = &known;
  });
  return found;
}

}  // namespace troupe::net
