// The way through a session.
#include "net/connection_bytes.h"

namespace troupe::net {

Result<ConnectionBytes> ConnectionBytes::connected(Sockets& sockets, ConnectionId id, const Transport& transport,
                                                   const std::string& peer) {
  wire::Bytes* socket = sockets.out(id);
  if (!socket) return Error(ErrorKind::unavailable, "the connection broke at once");
  auto session = transport.session_to(peer, *socket);
  if (session) return ConnectionBytes(sockets, id, std::move(*session));
  // Not now: CAF never lets go of a scribe that begins and ends in one turn of the loop.
  sockets.post([self = sockets.shared_from_this(), id] { self->close(id, true); });
  return session.error();
}

Result<ConnectionBytes> ConnectionBytes::accepted(Sockets& sockets, ConnectionId id, const Transport& transport) {
  auto session = transport.session_from_anyone();
  if (!session) return session.error();
  return ConnectionBytes(sockets, id, std::move(*session));
}

wire::Bytes* ConnectionBytes::out() {
  wire::Bytes* socket = sockets_->out(id_);
  return session_ && socket ? &plain_ : socket;
}

void ConnectionBytes::flush() {
  if (session_ && session_->established() && !broken_ && !plain_.empty()) {
    if (wire::Bytes* socket = sockets_->out(id_)) {
      if (auto sealed = session_->seal(plain_, *socket); !sealed) broken_ = sealed.error();
    }
    plain_.clear();
  }
  sockets_->flush(id_);
}

bool ConnectionBytes::idle() const { return plain_.empty() && !broken_ && sockets_->idle(id_); }

bool ConnectionBytes::full() {
  if (!session_) return false;  // the link looks at the socket's buffer itself
  const wire::Bytes* socket = sockets_->out(id_);
  return socket && socket->size() >= kMaxUnwrittenBytes;
}

Result<void> ConnectionBytes::take(std::span<const char> from_socket, wire::FrameParser& parser,
                                   wire::FrameSink& sink) {
  if (session_) return take_sealed(from_socket, parser, sink);
  auto taken = parser.feed(from_socket, sink);
  // The first record of a TLS handshake: as a frame it has an impossible length.
  const bool is_tls = from_socket.size() > 1 && from_socket[0] == 0x16 && from_socket[1] == 0x03;
  if (!taken && is_tls)
    return Error(ErrorKind::corrupt,
                 "it speaks TLS, and this node has none (NodeConfig::tls): " + taken.error().message());
  return taken;
}

// Frames that came before the session's error are still taken: a goodbye stands before the session's own end.
Result<void> ConnectionBytes::take_sealed(std::span<const char> from_socket, wire::FrameParser& parser,
                                          wire::FrameSink& sink) {
  wire::Bytes* socket = sockets_->out(id_);
  if (!socket) return {};
  opened_.clear();
  const auto opened = session_->open(from_socket, opened_, *socket);
  if (!opened) broken_ = opened.error();
  // The name of who says this is not known yet.
  if (!opened_.empty() && !session_->established())
    return Error(ErrorKind::corrupt, "the transport brought bytes of a peer that it has not verified");
  flush();  // the session's own words, and what waited for them
  if (auto taken = parser.feed(opened_, sink); !taken) return taken;
  if (broken_) return *broken_;
  if (socket = sockets_->out(id_); socket && socket->size() > kMaxSealedBytes)
    return Error(ErrorKind::corrupt, "the peer broke the protocol: it does not read");
  return {};
}

std::optional<std::string> ConnectionBytes::verified_peer() const {
  return session_ && session_->established() ? session_->verified_peer() : std::nullopt;
}

void ConnectionBytes::close(bool at_once) {
  if (wire::Bytes* socket = sockets_->out(id_); socket && session_ && !at_once) {
    session_->close(*socket);
    sockets_->flush(id_);
  }
  sockets_->close(id_, at_once);
}

}  // namespace troupe::net
