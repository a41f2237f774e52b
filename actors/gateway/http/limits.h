// Every bound of the server: its name, its unit, its default, and what happens past it.
// actors/gateway/doc/http.md has the table; limit_rows() gives it to programs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "troupe/duration.h"

namespace troupe::http {

struct Limits {
  // Connections; past either, a new one is answered 503 and closed.
  std::size_t connections = 20'000;
  std::size_t connections_per_peer = 1'000;  // of one address
  // One connection.
  std::size_t requests_per_connection = 100'000;  // the last one's answer says `Connection: close`
  std::size_t pipelined = 16;                     // read before the first of them is answered
  // One request.
  std::size_t request_line_bytes = 8u << 10;  // 414
  std::size_t header_bytes = 16u << 10;       // 431: request line and fields
  std::size_t header_count = 100;             // 431
  std::size_t body_bytes = 1u << 20;          // 413: by Content-Length before it is read, of chunks while they are
  std::size_t chunk_line_bytes = 256;         // 400: a chunk's size and its extensions
  std::size_t trailer_bytes = 4u << 10;       // 431: fields behind the last chunk
  // Time. `max()` is never.
  Milliseconds tls_handshake{std::chrono::seconds(10)};  // closed
  Milliseconds first_byte{std::chrono::seconds(10)};     // 408: of a new connection's first request
  Milliseconds headers{std::chrono::seconds(10)};        // 408: from the first byte to the last of the header
  Milliseconds body{std::chrono::seconds(30)};           // 408: from the header to the body's end
  Milliseconds idle{std::chrono::seconds(60)};           // closed: between an answer and the next request
  Milliseconds write{std::chrono::seconds(30)};          // closed: a peer that takes no byte while some wait
  // Streams and WebSockets.
  std::size_t stream_bytes = 256u << 10;                  // Sent::full: that wait for a slow peer
  std::size_t websocket_message_bytes = 1u << 20;         // closed with 1009
  std::size_t websocket_frame_bytes = 1u << 20;           // closed with 1009
  Milliseconds websocket_idle{std::chrono::seconds(30)};  // a ping; as long again without a byte: closed
};

struct LimitRow {
  std::string_view name;     // the field's
  std::string_view unit;     // "bytes", "ms", or what is counted
  std::uint64_t value;       // in that unit; all ones: never
  std::uint64_t least;       // that start() takes
  std::string_view outcome;  // "431", "closed"
};
[[nodiscard]] std::vector<LimitRow> limit_rows(const Limits& limits);

}  // namespace troupe::http
