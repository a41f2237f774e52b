// What the table of links keeps of a connection and of a peer. Private to it; on the links' loop alone.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "net/link_table.h"

namespace troupe::net {

// One TCP connection.
struct LinkTable::Connection final : wire::FrameSink {
  // Waits: it has proved who it is, and the link that its node has is asked whether it lives. Takes over: the link is
  // to come over to it.
  enum class State { shakes_hands, waits, takes_over, up, ended };

  Connection(LinkTable& board_in, ConnectionId id_in, std::string from_in, ConnectionBytes bytes_in,
             Handshake handshake_in)
      : board(board_in),
        id(id_in),
        from(std::move(from_in)),
        bytes(std::move(bytes_in)),
        handshake(std::move(handshake_in)),
        since(board.options_.clock->now()) {}

  Result<void> on_frame(const wire::Frame& frame) override {
    std::vector<char>* written = state == State::ended ? nullptr : bytes.out();
    if (!written) return {};
    if (state != State::up) return board.shake(*this, frame, *written);
    if (frame.kind == wire::FrameKind::moves) return board.take_moves(*this);
    ++frames_in;
    return link->take(frame, now, holds ? held : *written);
  }
  // Where the link writes; null: the connection is gone.
  [[nodiscard]] std::vector<char>* out() {
    std::vector<char>* const written = bytes.out();
    return written && holds ? &held : written;
  }
  [[nodiscard]] bool dialled() const noexcept { return handshake.side() == Side::connects; }

  LinkTable& board;
  const ConnectionId id;
  const std::string from;
  ConnectionBytes bytes;
  Handshake handshake;
  State state = State::shakes_hands;
  TimePoint since;  // of the handshake, then of the wait
  TimePoint now{};  // during on_bytes
  TimePoint up_since{};
  std::uint64_t dice = 0;  // of when it moves
  wire::Bytes early;       // of a handshake that has not begun
  bool begun = false;
  Connection* heir = nullptr;   // that takes over this one's link
  Connection* elder = nullptr;  // whose link it takes over
  bool holds = false;           // what the link writes waits until it has moved
  TimePoint holds_since{};
  wire::Bytes held;
  wire::FrameParser parser{kMaxHandshakeFrameBytes};
  PeerEntry* entry = nullptr;  // known from the start when dialled, from the proof when accepted
  std::unique_ptr<Link> link;
  std::uint64_t frames_in = 0;
};

// A peer, its connection, and when to try the next.
struct LinkTable::PeerEntry final : WayOut {
  PeerEntry(LinkTable& board_in, std::shared_ptr<Peer> peer_in) : board(board_in), peer(std::move(peer_in)) {
    peer->leave_by(*this);
  }
  bool send_now(QueuedFrame& frame) override { return board.send_now(*this, frame); }

  LinkTable& board;
  const std::shared_ptr<Peer> peer;
  bool dialled_from_here = false;
  bool present = true;  // false: it was dropped, and has no link until it is named again
  bool dialling = false;
  TimePoint dial_at{};
  std::chrono::milliseconds backoff{0};
  PeerRuns runs;
  Connection* connection = nullptr;  // that is up
  Connection* contender = nullptr;   // that waits for its place
};

template <class Visit>
void LinkTable::for_each_peer(Visit&& visit) const {
  for (PeerId id = 0; id < past_last_.load(std::memory_order_acquire); ++id)
    if (PeerEntry* known = entry(id)) visit(*known);
}

}  // namespace troupe::net
