// The bytes of one connection, between its frames and its socket: as they are, or through its transport's session.
//
// Plain frames are written into the socket's own buffer and read where the socket put them: no copy, one look at a null
// pointer. With a session frames are written into a buffer of their own and never into the socket's, so that a
// mistake may delay them and cannot send them in clear. On the links' loop alone.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "net/link.h"
#include "net/sockets.h"
#include "net/transport.h"
#include "wire/frame.h"

namespace troupe::net {

// Sealed bytes that wait for the socket; past it the peer is cut. A link writes nothing more when kMaxUnwrittenBytes
// wait, but it sees only what is not sealed yet, so what it wrote last may make twice as much. The rest is for what
// sealing adds; past that the peer asks the session itself for words, as for new keys, and does not read.
inline constexpr std::size_t kMaxSealedBytes = 3 * kMaxUnwrittenBytes;

class ConnectionBytes {
 public:
  // Of a connection that was made to node `peer`; after an error it is closed. `sockets` outlives it.
  [[nodiscard]] static Result<ConnectionBytes> connected(Sockets& sockets, ConnectionId id, const Transport& transport,
                                                         const std::string& peer);
  // Of one that is being accepted; it has no socket yet.
  [[nodiscard]] static Result<ConnectionBytes> accepted(Sockets& sockets, ConnectionId id, const Transport& transport);

  // Where frames are written to; null: the connection is gone. flush() sends them, as soon as the session may.
  [[nodiscard]] wire::Bytes* out();
  void flush();
  // Why the session could not seal; the connection is to be cut.
  [[nodiscard]] const std::optional<Error>& broken() const noexcept { return broken_; }
  // Nothing waits to be sealed or for the socket: who is in the place of the links' thread may write and flush.
  [[nodiscard]] bool idle() const;
  // kMaxUnwrittenBytes are sealed and wait for the socket: no frames are to be added but what is owed to a ping.
  [[nodiscard]] bool full();

  // What the socket brought: its frames go to `sink`. An error: cut it.
  Result<void> take(std::span<const char> from_socket, wire::FrameParser& parser, wire::FrameSink& sink);
  // What the session thinks of its peer now.
  [[nodiscard]] Result<void> standing() const { return session_ ? session_->standing() : Result<void>(); }
  // The peer's name that the transport vouches for.
  [[nodiscard]] std::optional<std::string> verified_peer() const;

  // With `at_once` what was flushed may be lost; without, the session says that nothing follows.
  void close(bool at_once);

 private:
  // `session` null: plain.
  ConnectionBytes(Sockets& sockets, ConnectionId id, std::unique_ptr<SecureSession> session)
      : sockets_(&sockets), id_(id), session_(std::move(session)) {}
  Result<void> take_sealed(std::span<const char> from_socket, wire::FrameParser& parser, wire::FrameSink& sink);

  Sockets* sockets_;
  ConnectionId id_;
  std::unique_ptr<SecureSession> session_;
  wire::Bytes plain_;   // to be sealed
  wire::Bytes opened_;  // while its frames are taken
  std::optional<Error> broken_;
};

}  // namespace troupe::net
