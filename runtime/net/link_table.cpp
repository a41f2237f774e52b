// Connections from the first byte to the last.
#include "net/link_table.h"

#include <algorithm>
#include <utility>

#include "net/link_table_parts.h"

namespace troupe::net {

LinkTable::LinkTable(std::shared_ptr<Sockets> sockets, LinkOptions options, LinkEvents& events)
    : sockets_(std::move(sockets)),
      options_(std::move(options)),
      events_(events),
      dice_(stable_hash(options_.node, options_.incarnation)),
      last_tick_(options_.clock->now()),
      refusals_(options_.log) {}

LinkTable::~LinkTable() = default;

void LinkTable::connect() {
  connecting_.store(true, std::memory_order_release);
  sockets_->post([self = shared_from_this()] { self->on_tick(); });
}

// --- connecting ---

bool LinkTable::shut(const PeerEntry& entry) const noexcept {
  return options_.gate && !options_.gate->open(entry.peer->node);
}

Error LinkTable::shut_error(const PeerEntry& entry) {
  return Error(ErrorKind::unavailable, "the test parted this node from node " + entry.peer->node);
}

void LinkTable::dial(PeerEntry& entry) {
  entry.dialling = true;
  const PeerAddress to = entry.peer->address();
  sockets_->connect(to.host, to.port, options_.handshake,
                    [self = shared_from_this(), &entry](Result<ConnectionId> result) {
                      self->on_connected(entry, std::move(result));
                    });
}

void LinkTable::on_connected(PeerEntry& entry, Result<ConnectionId> result) {
  if (!result) return fail_dial(entry, result.error(), false);
  if (!entry.present || stop_at_) return entry.dialling = false, sockets_->close(*result, true);
  const PeerAddress to = entry.peer->address();
  auto bytes = ConnectionBytes::connected(*sockets_, *result, *options_.transport, to.node);
  if (!bytes) return fail_dial(entry, bytes.error(), false);
  Handshake handshake(options_, lookup(), to.node, *bytes->out(), entry.connection != nullptr);
  auto connection = std::make_unique<Connection>(*this, *result, to.host + ":" + std::to_string(to.port),
                                                 std::move(*bytes), std::move(handshake));
  connection->entry = &entry;
  connections_.emplace(*result, std::move(connection)).first->second->bytes.flush();
}

void LinkTable::fail_dial(PeerEntry& entry, const Error& why, bool refused) {
  entry.dialling = false;
  // Half of the wait is chance, so that nodes that lost the same peer do not come back in step.
  dice_ = mix(dice_ + 1);
  if (refused) entry.backoff = options_.backoff_refused;
  const auto half = entry.backoff / 2;
  entry.dial_at = later(later(options_.clock->now(), half),
                        std::chrono::milliseconds(dice_ % (static_cast<std::uint64_t>(half.count()) + 1)));
  entry.backoff = std::min(entry.backoff * 2, options_.backoff_max);
  entry.peer->note_error(why);
  if (!entry.connection) events_.on_dial_failed(entry.peer->id);
}

bool LinkTable::on_accepted(ConnectionId id, const std::string& from) {
  if (stop_at_) return false;
  auto bytes = ConnectionBytes::accepted(*sockets_, id, *options_.transport);
  if (!bytes) {
    refused_.fetch_add(1, std::memory_order_relaxed);
    return refusals_.write(options_.clock->now(), "refused " + from + ": " + bytes.error().message()), false;
  }
  add_stranger(silent_, id);
  connections_.emplace(id,
                       std::make_unique<Connection>(*this, id, from, std::move(*bytes), Handshake(options_, lookup())));
  sweep_cut();
  return true;
}

// A member says hello at once and proves itself at once, so whoever has been here the longest goes, and never the one
// that comes. Those that say nothing and those that only say hello do not push out each other.
void LinkTable::add_stranger(std::set<ConnectionId>& strangers, ConnectionId id) {
  while (!strangers.empty() && strangers.size() >= options_.max_strangers)
    cut(*strangers.begin(),
        Error(ErrorKind::overloaded,
              std::to_string(strangers.size()) + " connections have not finished their handshake, and others come"),
        LastWord::none);
  strangers.insert(id);
}

void LinkTable::on_accept_failed(const std::string& why) {
  refusals_.write(options_.clock->now(),
                  "cannot take a connection: " + why + "; it is tried again every " +
                      std::to_string(kAcceptPause.count()) +
                      " ms (raise the limit of open files, or find out what uses them)",
                  {{"error", why}});
}

// --- the handshake ---

PeerLookup LinkTable::lookup() {
  return [this](const std::string& node) -> std::optional<KnownPeer> {
    const PeerEntry* entry = entry_of(node);
    if (!entry || !entry->present) return std::nullopt;
    return KnownPeer{entry->peer->id, entry->runs};
  };
}

Result<void> LinkTable::shake(Connection& c, const wire::Frame& frame, std::vector<char>& out) {
  if (c.state != Connection::State::shakes_hands)
    return Error(ErrorKind::corrupt, "a " + std::string(to_string(frame.kind)) + " before it is welcome");
  const bool was_silent = c.handshake.silent();
  auto proved = c.handshake.take(frame, out, c.bytes.verified_peer());
  if (!proved) return proved.error();
  if (*proved) return c.handshake.peer().moves ? take_over(c) : admit(c);
  if (was_silent) {
    silent_.erase(c.id);
    add_stranger(greeted_, c.id);
  }
  c.bytes.flush();
  return {};
}

// A member that connects anew has lost its link. But whoever says so may be wrong, and a member that lives keeps its
// place: so the link is asked first.
Result<void> LinkTable::admit(Connection& c) {
  PeerEntry& entry = *entry_of(c.handshake.peer().node);
  if (!entry.present) return Error(ErrorKind::denied, "node " + entry.peer->node + " is no member any more");
  if (shut(entry)) return shut_error(entry);
  if (entry.contender)
    return Error(ErrorKind::denied, "another connection of node " + entry.peer->node + " came before it");
  greeted_.erase(c.id);
  c.entry = &entry;
  c.state = Connection::State::waits;
  c.since = options_.clock->now();
  entry.contender = &c;
  if (Connection* held = entry.connection) {
    std::vector<char>* out = held->out();
    if (!out) {
      cut(held->id, Error(ErrorKind::unavailable, "its connection is gone"), LastWord::none);
    } else {
      held->link->probe(*out);
      held->bytes.flush();
    }
  }
  decide(entry);
  return {};
}

void LinkTable::decide(PeerEntry& entry) {
  Connection* c = entry.contender;
  if (!c) return;
  const std::string& node = entry.peer->node;
  if (entry.connection && entry.connection->link->answered_probe()) {
    return cut(c->id,
               Error(ErrorKind::denied, "node " + node + " has a link, and it lives: is another process " + node + "?"),
               c->dialled() ? LastWord::none : LastWord::refuse);
  }
  if (entry.connection) {
    if (options_.clock->now() - c->since < options_.probe) return;
    cut(entry.connection->id,
        Error(ErrorKind::unavailable, "node " + node + " connected anew, and its link said nothing for " +
                                          std::to_string(options_.probe.count()) + " ms"),
        LastWord::none);
  }
  entry.contender = nullptr;
  link_up(*c, entry);
}

void LinkTable::link_up(Connection& c, PeerEntry& entry) {
  const TimePoint now = options_.clock->now();
  const Handshake::Peer& peer = c.handshake.peer();
  if (auto* out = c.bytes.out(); out && !c.dialled()) c.handshake.welcome(*out);
  c.state = Connection::State::up;
  c.parser.max_frame(limits::kMaxFrameBytes);
  entry.connection = &c;
  entry.dialling = false;
  entry.backoff = options_.backoff_min;
  entry.runs.came_up(peer.incarnation);
  auto way_back = entry.peer->open(peer.incarnation, now);
  const LinkTerms terms{peer.incarnation, peer.window, peer.clock, peer.protocol};
  c.link = std::make_unique<Link>(*entry.peer, options_, events_, std::move(way_back), terms, now);
  c.parser.also_takes(c.link->kinds());
  const wire::FrameKind moves[] = {wire::FrameKind::moves};
  if (terms.protocol.features & wire::kMovingLinks) c.parser.also_takes(moves);
  c.up_since = now;
  c.dice = dice_ = mix(dice_ + 1);
  c.bytes.flush();
  log(LogLevel::info,
      "link to node " + entry.peer->node + " is up, incarnation " + std::to_string(peer.incarnation) + ", " + c.from +
          ", protocol version " + std::to_string(peer.protocol.version),
      {{"peer", entry.peer->node}});
  if (options_.observer) options_.observer->on_link_up(entry.peer->node);
  events_.on_link_up(entry.peer->id, peer.incarnation);
}

// --- traffic ---

void LinkTable::on_bytes(ConnectionId id, std::span<const char> bytes) {
  auto found = connections_.find(id);
  if (found == connections_.end()) return;
  if (may_shake(*found->second, bytes)) take_bytes(*found->second, bytes);
}

void LinkTable::take_bytes(Connection& c, std::span<const char> bytes) {
  c.now = options_.clock->now();
  if (auto ok = observed(
          options_.observer, c, [&] { return c.bytes.take(bytes, c.parser, c); }, bytes.size());
      !ok) {
    const bool refuse =
        c.state == Connection::State::shakes_hands && !c.dialled() && ok.error().kind() == ErrorKind::denied;
    cut(c.id, ok.error(), refuse ? LastWord::refuse : LastWord::none);
  }
}

bool LinkTable::send_now(PeerEntry& entry, QueuedFrame& frame) {
  Connection* c = entry.connection;
  if (!c || c->holds || !c->bytes.idle()) return false;
  std::vector<char>* out = c->bytes.out();
  const TimePoint now = (options_.call_clock ? options_.call_clock : options_.clock)->now();
  if (!out || !observed(options_.observer, *c, [&] { return c->link->send_now(frame, now, *out); })) return false;
  c->bytes.flush();
  if (c->bytes.broken()) sockets_->notify();  // the loop cuts it
  return true;
}

void LinkTable::on_notified() {
  pump_all();
  finish_if_drained();
  sweep_cut();
}

void LinkTable::pump_all() {
  const TimePoint now = (options_.call_clock ? options_.call_clock : options_.clock)->now();
  for_each_peer([&](PeerEntry& entry) {
    decide(entry);
    Connection* c = entry.connection;
    std::vector<char>* out = c && !c->holds ? c->bytes.out() : nullptr;
    if (!out) return;
    if (!c->bytes.full()) observed(options_.observer, *c, [&] { c->link->pump(now, *out); });
    if (!out->empty()) c->bytes.flush();
    if (c->bytes.broken()) cut(c->id, Error(*c->bytes.broken()), LastWord::none);
  });
}

void LinkTable::on_tick() {
  const TimePoint now = options_.clock->now();
  // A loop that was held, as the whole process may be, has heard nobody; what came meanwhile lies there to be read.
  const auto since = now - std::exchange(last_tick_, now);
  const bool was_held = since > options_.heartbeat;
  std::vector<std::pair<ConnectionId, Error>> dead;
  for (const auto& each : connections_) {
    const ConnectionId id = each.first;
    Connection* const c = each.second.get();
    if (c->state != Connection::State::up) {
      const bool on_its_way = c->state == Connection::State::shakes_hands || c->state == Connection::State::takes_over;
      if (on_its_way && now - c->since > options_.handshake)
        dead.emplace_back(
            id, Error(ErrorKind::unavailable, "no handshake in " + std::to_string(options_.handshake.count()) + " ms"));
      continue;
    }
    if (shut(*c->entry)) {
      dead.emplace_back(id, shut_error(*c->entry));
      continue;
    }
    if (was_held) c->link->not_listened(now, since);
    if (auto good = check_age(*c, now); !good) {
      dead.emplace_back(id, good.error());
      continue;
    }
    if (std::vector<char>* out = c->out())
      if (auto ok = observed(options_.observer, *c, [&] { return c->link->tick(now, *out); }); !ok)
        dead.emplace_back(id, ok.error());
  }
  for (auto& [id, why] : dead) cut(id, why, LastWord::none);
  begin_kept_handshakes();
  pump_all();
  if (!stop_at_ && connecting_.load(std::memory_order_acquire))
    for_each_peer([&](PeerEntry& entry) {
      if (!entry.present || !entry.dialled_from_here || entry.dialling || now < entry.dial_at || shut(entry)) return;
      if (!entry.connection || should_move(*entry.connection, now)) dial(entry);
    });
  finish_if_drained();
  sweep_cut();
}

// --- the end ---

void LinkTable::on_closed(ConnectionId id) {
  cut(id, Error(ErrorKind::unavailable, "the connection was closed by the other side"), LastWord::none);
}

void LinkTable::cut(ConnectionId id, const Error& why, LastWord word) {
  auto found = connections_.find(id);
  if (found == connections_.end()) return;
  std::unique_ptr<Connection> c = std::move(found->second);
  connections_.erase(found);
  silent_.erase(id);
  greeted_.erase(id);
  if (c->entry && c->entry->contender == c.get()) c->entry->contender = nullptr;
  const bool was_up = c->state == Connection::State::up;
  c->state = Connection::State::ended;
  cut_kin(*c, why);
  if (std::vector<char>* out = c->bytes.out(); out && word != LastWord::none) {
    append_reason(*out, word == LastWord::refuse ? wire::FrameKind::refuse : wire::FrameKind::goodbye, why.message());
    c->bytes.flush();
  }
  c->bytes.close(word == LastWord::none);

  if (was_up) {
    PeerEntry& entry = *c->entry;
    entry.connection = nullptr;
    auto lost = c->link->close(entry.peer->close(why, options_.clock->now()));
    if (entry.dialled_from_here) fail_dial(entry, why, false);
    log(LogLevel::warn,
        "link to node " + entry.peer->node + " is down, " + std::to_string(lost.size()) +
            " calls were on it: " + why.message(),
        {{"peer", entry.peer->node}, {"error", why.message()}});
    if (options_.observer) options_.observer->on_link_down(entry.peer->node, why.message());
    events_.on_link_down(entry.peer->id, std::move(lost), why);
  } else {
    if (c->dialled()) fail_dial(*c->entry, why, why.kind() == ErrorKind::denied);
    if (!c->dialled()) refused_.fetch_add(1, std::memory_order_relaxed);
    refusals_.write(
        options_.clock->now(),
        (c->dialled() ? "no link to node " + c->entry->peer->node + " at " : "refused a link from ") + c->from + ": " +
            why.message(),
        {{"peer", c->dialled() ? c->entry->peer->node : std::string()}, {"from", c->from}, {"error", why.message()}});
  }
  ended_.push_back(std::move(c));
}

void LinkTable::sweep_cut() { ended_.clear(); }

void LinkTable::stop(TimePoint deadline, std::function<void()> done) {
  stop_at_ = deadline;
  stopped_ = std::move(done);
  pump_all();
  finish_if_drained();
}

void LinkTable::finish_if_drained() {
  if (!stop_at_ || !stopped_) return;
  const bool late = options_.clock->now() >= *stop_at_;
  for (auto& [id, c] : connections_)
    if (c->link && (c->holds || !c->link->drained()) && !late) return;
  const Error why(ErrorKind::unavailable, "node " + options_.node + " stops");
  while (!connections_.empty()) cut(connections_.begin()->first, why, LastWord::goodbye);
  sweep_cut();
  sockets_->stop(std::exchange(stopped_, nullptr));
}

// --- log lines ---

}  // namespace troupe::net
