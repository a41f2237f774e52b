// Which connection is which peer's: dials, shakes hands, replaces old links by new ones, and tells the router.
//
// Runs on the loop of Sockets, which tells it what happens there, or on a thread that has taken the loop's place
// (Notifier::try_enter) to send one frame. The rules are next door: who may have a link in handshake.h, what travels on
// one in link.h.
#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <vector>

#include "base/log_fields.h"
#include "net/connection_bytes.h"
#include "net/handshake.h"
#include "net/link.h"
#include "net/link_traffic.h"
#include "net/refusal_log.h"
#include "net/sockets.h"

namespace troupe::net {

// Frames before the end of the handshake.
inline constexpr std::size_t kMaxHandshakeFrameBytes = 4096;
// Handshakes of a transport that seals, begun in one tick for who connected from outside: each takes the loop about
// half a millisecond, so that strangers cannot hold up the links. The others wait for the next tick.
inline constexpr int kHandshakesPerTick = 16;
// What is kept of each meanwhile.
inline constexpr std::size_t kMaxEarlyBytes = 8u << 10;

class LinkTable final : public SocketEvents, public std::enable_shared_from_this<LinkTable> {
 public:
  LinkTable(std::shared_ptr<Sockets> sockets, LinkOptions options, LinkEvents& events);
  ~LinkTable();

  // --- any thread ---
  Result<PeerId> add_peer(PeerAddress address);
  Result<void> set_peer(PeerId id, PeerAddress address);
  void drop_peer(PeerId id);
  void connect();
  [[nodiscard]] Peer* peer(PeerId id) const noexcept;
  // Of all peers that were ever named, dropped ones included.
  [[nodiscard]] std::vector<Peer*> peers() const;
  [[nodiscard]] const LinkOptions& options() const noexcept { return options_; }
  [[nodiscard]] std::uint64_t refused() const noexcept { return refused_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t moved() const noexcept { return moved_.load(std::memory_order_relaxed); }

  // --- the loop ---
  bool on_accepted(ConnectionId id, const std::string& from) override;
  void on_accept_failed(const std::string& why) override;
  void on_bytes(ConnectionId id, std::span<const char> bytes) override;
  void on_closed(ConnectionId id) override;
  void on_notified() override;
  void on_tick() override;
  // Ends every link when nothing waits any more, or at the deadline; then calls `done`.
  void stop(TimePoint deadline, std::function<void()> done);

 private:
  struct Connection;
  struct PeerEntry;

  // The gate to that peer is shut.
  [[nodiscard]] bool shut(const PeerEntry& entry) const noexcept;
  [[nodiscard]] static Error shut_error(const PeerEntry& entry);
  void dial(PeerEntry& entry);
  void on_connected(PeerEntry& entry, Result<ConnectionId> result);
  [[nodiscard]] PeerLookup lookup();
  Result<void> shake(Connection& connection, const wire::Frame& frame, std::vector<char>& out);
  Result<void> admit(Connection& connection);
  // Whether the connection that waits gets its node's link.
  void decide(PeerEntry& entry);
  void link_up(Connection& connection, PeerEntry& entry);
  // Ends a connection and, if it was one, its link. With `word` the peer is told why.
  enum class LastWord { none, refuse, goodbye };
  void cut(ConnectionId id, const Error& why, LastWord word);
  void fail_dial(PeerEntry& entry, const Error& why, bool refused);
  void take_bytes(Connection& connection, std::span<const char> bytes);
  [[nodiscard]] bool send_now(PeerEntry& entry, QueuedFrame& frame);

  // handshake_pace.cpp. True: the connection's handshake may begin; else its bytes are kept for another tick.
  [[nodiscard]] bool may_shake(Connection& connection, std::span<const char> bytes);
  void begin_kept_handshakes();

  // link_moves.cpp
  [[nodiscard]] bool should_move(const Connection& connection, TimePoint now) const;
  // Whether a link is to be cut for what its transport thinks, for its age, or because its move takes too long.
  [[nodiscard]] Result<void> check_age(const Connection& connection, TimePoint now) const;
  // A new connection of the peer has proved itself: the link comes over to it.
  Result<void> take_over(Connection& heir);
  // The peer's last frame on the old connection, or its first on the new one.
  Result<void> take_moves(Connection& connection);
  void say_moves(Connection& connection);
  void move_link(Connection& from, Connection& to);
  void write_held(Connection& connection);
  // What depends on a connection that is cut.
  void cut_kin(Connection& connection, const Error& why);
  void pump_all();
  void finish_if_drained();
  void sweep_cut();
  void add_stranger(std::set<ConnectionId>& strangers, ConnectionId id);
  [[nodiscard]] PeerEntry* entry_of(const std::string& node) const;
  [[nodiscard]] PeerEntry* entry(PeerId id) const noexcept {
    return id < kMaxPeers ? entries_[id].load(std::memory_order_acquire) : nullptr;
  }
  template <class Visit>
  void for_each_peer(Visit&& visit) const;
  [[nodiscard]] Result<void> check_peer(const PeerAddress& address) const;
  // Under adding_.
  void put_peer(PeerId id, PeerAddress address);
  void log(LogLevel level, const std::string& message, const LogFields& fields) const {
    if (options_.log) options_.log({level, "net", message, fields});
  }

  const std::shared_ptr<Sockets> sockets_;
  const LinkOptions options_;
  LinkEvents& events_;

  std::mutex adding_;
  std::vector<std::unique_ptr<PeerEntry>> named_;             // under adding_; none goes before the table does
  std::array<std::atomic<PeerEntry*>, kMaxPeers> entries_{};  // the same, by number
  std::atomic<PeerId> past_last_{0};                          // of the numbers in use
  std::atomic<bool> connecting_{false};

  std::map<ConnectionId, std::unique_ptr<Connection>> connections_;
  std::vector<std::unique_ptr<Connection>> ended_;  // kept until nobody is inside them
  // Accepted and still to show that they are members, the oldest first: those that have said nothing, and hello.
  std::set<ConnectionId> silent_;
  std::set<ConnectionId> greeted_;
  int begun_in_tick_ = 0;  // handshakes
  std::atomic<std::uint64_t> refused_{0};
  std::atomic<std::uint64_t> moved_{0};
  std::uint64_t dice_;
  TimePoint last_tick_;
  RefusalLog refusals_;

  std::optional<TimePoint> stop_at_;
  std::function<void()> stopped_;
};

}  // namespace troupe::net
