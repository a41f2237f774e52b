// What carries the bytes of links: plain, or sealed by a protocol that proves who the peer is (TLS).
//
//   Link, frames  <->  SecureSession  <->  Sockets          plain: no session, frames go to the socket as they are
//
// It decides which addresses may be used and makes a session for each connection. A session has no socket, no clock and
// no thread: bytes in, bytes out, so it is tested alone. LinkTable holds it to the time of the handshake,
// ConnectionBytes to the limits of memory. The handshake of handshake.h goes on inside of it, whatever it has proved.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "troupe/error.h"
#include "wire/frame.h"

namespace troupe::net {

// One connection's half of a protocol that seals. On the links' loop alone; nothing in it may block, and what takes a
// millisecond holds all links. An error ends it: what stands in `to_socket` by then (an alert) is still sent, the link
// is cut, and the error's text goes to the log. `denied`: the peer is not who it should be, and is asked again after
// the longest backoff.
class SecureSession {
 public:
  virtual ~SecureSession() = default;

  // Takes bytes as the socket brought them, cut anywhere. Appends what they held to `plain`, nothing before it is
  // established; and to `to_socket` what it has to say itself: its handshake, new keys, alerts. Either grows by no
  // more than a few records beyond the bytes that came. The peer's word that nothing follows is `unavailable`.
  virtual Result<void> open(std::span<const char> from_socket, wire::Bytes& plain, wire::Bytes& to_socket) = 0;
  // Appends all of `plain`, sealed. Not before it is established. It keeps back nothing: what waits for the socket is
  // counted there.
  virtual Result<void> seal(std::span<const char> plain, wire::Bytes& to_socket) = 0;
  // Says that nothing follows. At any time, also after an error; nothing is sealed after it.
  virtual void close(wire::Bytes& to_socket) = 0;

  // Its handshake is done, as far as this side knows; the peer may still think otherwise, so a link is up with its own
  // `welcome` and not before.
  [[nodiscard]] virtual bool established() const noexcept = 0;
  // The name of the node at the other end, which it has proved. Asked when it is established. Nothing: it proves none,
  // and the shared secret alone proves the member.
  [[nodiscard]] virtual std::optional<std::string> verified_peer() const = 0;
  // Asked at every tick of a link. `denied`: the peer must have no link any more, which is cut. Another error: what was
  // verified has run out, and the link should be renewed.
  [[nodiscard]] virtual Result<void> standing() const { return {}; }
};

// Any thread asks for addresses, the links' loop alone for sessions.
class Transport {
 public:
  virtual ~Transport() = default;

  // Whether it may listen at the address, or connect to it. `invalid`: why not, and what to use.
  [[nodiscard]] virtual Result<void> check_address(const std::string& host) const = 0;
  // Whether its connections have sessions, whose handshakes cost time.
  [[nodiscard]] virtual bool seals() const noexcept { return false; }

  // Of a connection to node `peer` that has just been made; its first words go to `to_socket`. Null: bytes go as they
  // are.
  [[nodiscard]] virtual Result<std::unique_ptr<SecureSession>> session_to(const std::string& peer,
                                                                          wire::Bytes& to_socket) const = 0;
  // Of a connection that was accepted, from whomever: it listens first. Null: bytes come as they are.
  [[nodiscard]] virtual Result<std::unique_ptr<SecureSession>> session_from_anyone() const = 0;
};

}  // namespace troupe::net
