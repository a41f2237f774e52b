// A link moves to another connection: what its transport proved grows old, and is proved anew by a handshake. The link
// itself, with its calls, watches and credit, is the same before and after.
//
//   connects: old    new                       accepts: old    new
//                    hello (moves) ... proof ->
//                                           <-                 welcome
//             moves, and holds what follows ->
//                                           <-         moves, and holds what follows; the link is at the new
//             the link is at the new;
//                    moves, and what it held ->
//                                                              what it held
//
// On each connection and way `moves` is the last frame or the first, so frames keep their order and none is on two
// connections. What fails before the first `moves` leaves the link where it is; later, it is lost as with its
// connection.
#include <string>
#include <utility>

#include "net/link_table_parts.h"

namespace troupe::net {
namespace {

bool can_move(const wire::Agreement& protocol) { return protocol.features & wire::kMovingLinks; }

Error cannot_move(std::string why) { return Error(ErrorKind::denied, std::move(why)); }

}  // namespace

// From five eighths of its age on, at a moment that chance spreads over another eighth: links that came up together
// move apart, and there is time for a second attempt.
bool LinkTable::should_move(const Connection& c, TimePoint now) const {
  if (c.state != Connection::State::up || c.heir || c.holds || !can_move(c.handshake.peer().protocol)) return false;
  if (!c.bytes.standing()) return true;
  if (options_.max_age.count() == 0) return false;
  const auto eighth = std::chrono::nanoseconds(options_.max_age) / 8;
  const std::chrono::nanoseconds by_chance(c.dice % static_cast<std::uint64_t>(eighth.count() + 1));
  return now - c.up_since >= eighth * 5 + by_chance;
}

Result<void> LinkTable::check_age(const Connection& c, TimePoint now) const {
  if (auto good = c.bytes.standing(); !good && good.error().kind() == ErrorKind::denied) return good.error();
  if (c.holds && now - c.holds_since > options_.handshake)
    return Error(ErrorKind::unavailable,
                 "it did not move to its new connection in " + std::to_string(options_.handshake.count()) + " ms");
  // Whoever is late, as a busy machine makes one, has the time of two attempts more.
  if (options_.max_age.count() > 0 && now - c.up_since > options_.max_age + 2 * options_.handshake)
    return Error(ErrorKind::unavailable, "it is older than " + std::to_string(options_.max_age.count()) +
                                             " ms (max_link_age), and could not be renewed");
  return {};
}

Result<void> LinkTable::take_over(Connection& heir) {
  PeerEntry& entry = *entry_of(heir.handshake.peer().node);
  Connection* const old = entry.connection;
  if (!old || !entry.present) return cannot_move("there is no link that could move");
  if (old->heir || old->holds) return cannot_move("the link moves already");
  if (old->handshake.peer().incarnation != heir.handshake.peer().incarnation ||
      !can_move(old->handshake.peer().protocol))
    return cannot_move("the link is another one's");
  if (shut(entry)) return shut_error(entry);
  greeted_.erase(heir.id);
  heir.entry = &entry;
  heir.state = Connection::State::takes_over;
  heir.since = options_.clock->now();
  heir.elder = old;
  old->heir = &heir;
  if (heir.dialled()) {
    say_moves(*old);
  } else if (wire::Bytes* out = heir.bytes.out()) {
    heir.handshake.welcome(*out);
    heir.bytes.flush();
  }
  return {};
}

Result<void> LinkTable::take_moves(Connection& c) {
  if (c.heir) {
    Connection& heir = *c.heir;
    if (!heir.dialled()) say_moves(c);
    move_link(c, heir);
    if (wire::Bytes* out = heir.dialled() ? heir.bytes.out() : nullptr) {
      append_number(*out, wire::FrameKind::moves, 0);
      write_held(heir);
    }
    return {};
  }
  if (!c.holds) return broke_protocol("it moves a link to no connection");
  write_held(c);
  return {};
}

void LinkTable::say_moves(Connection& c) {
  if (wire::Bytes* out = c.bytes.out()) append_number(*out, wire::FrameKind::moves, 0);
  c.bytes.flush();
  c.holds = true;
  c.holds_since = options_.clock->now();
}

// `from` is the connection whose frame is being taken: it is kept until nobody is inside it.
void LinkTable::move_link(Connection& from, Connection& to) {
  const TimePoint now = options_.clock->now();
  PeerEntry& entry = *from.entry;
  to.elder = from.heir = nullptr;
  to.link = std::move(from.link);
  to.held = std::move(from.held);
  to.holds = true;
  to.holds_since = now;
  to.state = Connection::State::up;
  to.up_since = now;
  to.dice = dice_ = mix(dice_ + 1);
  to.parser.max_frame(limits::kMaxFrameBytes);
  to.parser.also_takes(to.link->kinds());
  const wire::FrameKind moves[] = {wire::FrameKind::moves};
  to.parser.also_takes(moves);
  entry.connection = &to;
  if (to.dialled()) {
    entry.dialling = false;
    entry.backoff = options_.backoff_min;
  }
  moved_.fetch_add(1, std::memory_order_relaxed);
  log(LogLevel::info, "link to node " + entry.peer->node + " moved to a new connection, " + to.from,
      {{"peer", entry.peer->node}});
  from.state = Connection::State::ended;
  from.holds = false;
  from.bytes.close(false);
  const auto found = connections_.find(from.id);
  ended_.push_back(std::move(found->second));
  connections_.erase(found);
}

void LinkTable::write_held(Connection& c) {
  c.holds = false;
  const wire::Bytes held = std::exchange(c.held, {});
  if (wire::Bytes* out = c.bytes.out()) out->insert(out->end(), held.begin(), held.end());
  c.bytes.flush();
}

void LinkTable::cut_kin(Connection& c, const Error& why) {
  if (Connection* const elder = std::exchange(c.elder, nullptr)) {
    elder->heir = nullptr;
    // It has said its last frame, and the peer does not wait for more.
    if (elder->holds)
      cut(elder->id, Error(ErrorKind::unavailable, "the connection it moved to ended: " + why.message()),
          LastWord::none);
  }
  if (Connection* const heir = std::exchange(c.heir, nullptr)) {
    heir->elder = nullptr;
    cut(heir->id, Error(ErrorKind::unavailable, "the link that should move is down: " + why.message()), LastWord::none);
  }
}

}  // namespace troupe::net
