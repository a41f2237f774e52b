// A WebSocket (RFC 6455) without extensions. From any thread; events come on the connection's thread, one at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "gateway/http/stream.h"

namespace troupe::http {

enum class MessageKind : unsigned char { text, binary };

struct WebSocketOptions {
  std::string subprotocol{};  // one that the peer offered; empty: none
};

// Codes of RFC 6455, 7.4.1, that a peer sees or that tell how it ended.
inline constexpr std::uint16_t kCloseNormal = 1000;
inline constexpr std::uint16_t kCloseGoingAway = 1001;  // sent to all when the server drains
inline constexpr std::uint16_t kCloseProtocolError = 1002;
inline constexpr std::uint16_t kCloseAbnormal = 1006;  // never sent: the connection ended without a close
inline constexpr std::uint16_t kCloseBadText = 1007;
inline constexpr std::uint16_t kCloseTooBig = 1009;

// Must not block; each may be empty. What they throw is logged and closes with 1011.
struct WebSocketEvents {
  std::function<void(MessageKind, std::string)> message{};
  std::function<void()> writable{};                               // after Sent::full
  std::function<void(std::uint16_t, std::string_view)> closed{};  // once, the last event: code and reason
};

class WebSocketLink;

// Moves, does not copy; its end closes with 1000.
class WebSocket {
 public:
  WebSocket() noexcept = default;  // of a peer that has gone
  explicit WebSocket(std::shared_ptr<WebSocketLink> link) noexcept;
  WebSocket(WebSocket&&) noexcept;
  WebSocket& operator=(WebSocket&&) noexcept;
  ~WebSocket();

  // Text must be UTF-8: what is not would be closed by the peer.
  Sent send(MessageKind kind, std::string message);
  // `payload`: at most 125 bytes, the rest is left out. The server also pings by itself (Limits::websocket_idle).
  Sent ping(std::string payload = {});
  // `code`: 1000 to 1003, 1007 to 1014 or 3000 to 4999, else 1011 stands for it; `reason`: at most 123 bytes.
  void close(std::uint16_t code = kCloseNormal, std::string reason = {});

 private:
  std::shared_ptr<WebSocketLink> link_;
};

}  // namespace troupe::http
