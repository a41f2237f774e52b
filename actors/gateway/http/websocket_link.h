// A connection that has become a WebSocket: Boost.Beast's frames over its wire. send(), ping() and close() from any
// thread, the rest on the connection's.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "gateway/http/connection.h"
#include "gateway/http/exchange.h"
#include "gateway/http/websocket.h"

namespace troupe::http {

class WebSocketLink : public std::enable_shared_from_this<WebSocketLink> {
 public:
  // Beast is in websocket_link.cpp alone.
  [[nodiscard]] static std::shared_ptr<WebSocketLink> make(std::shared_ptr<Connection> connection, UpgradeFacts facts,
                                                           WebSocketOptions options, WebSocketEvents events);
  virtual ~WebSocketLink() = default;

  virtual Sent send(MessageKind kind, std::string message) = 0;
  virtual Sent ping(std::string payload) = 0;
  virtual void close(std::uint16_t code, std::string reason) = 0;

  virtual void start() = 0;
  virtual void on_bytes() = 0;    // in Connection::arrived()
  virtual void on_written() = 0;  // all that waited
  virtual void on_peer_ended() = 0;
  virtual void lose() = 0;  // the connection is closed
  virtual void drain() = 0;
  virtual void look_at_deadline(Moment now) = 0;
};

}  // namespace troupe::http
