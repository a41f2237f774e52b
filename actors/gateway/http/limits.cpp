#include "gateway/http/limits.h"

#include <limits>

namespace troupe::http {
namespace {

constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();

std::uint64_t count_of(Milliseconds time) noexcept {
  const std::chrono::milliseconds exact = time;
  if (exact == std::chrono::milliseconds::max()) return kNever;
  return exact.count() < 0 ? 0 : static_cast<std::uint64_t>(exact.count());
}

}  // namespace

std::vector<LimitRow> limit_rows(const Limits& limits) {
  return {
      {"connections", "connections", limits.connections, 1, "503, closed"},
      {"connections_per_peer", "connections", limits.connections_per_peer, 1, "503, closed"},
      {"requests_per_connection", "requests", limits.requests_per_connection, 1, "Connection: close"},
      {"pipelined", "requests", limits.pipelined, 1, "read later"},
      {"request_line_bytes", "bytes", limits.request_line_bytes, 16, "414"},
      {"header_bytes", "bytes", limits.header_bytes, 64, "431"},
      {"header_count", "fields", limits.header_count, 1, "431"},
      {"body_bytes", "bytes", limits.body_bytes, 0, "413"},
      {"chunk_line_bytes", "bytes", limits.chunk_line_bytes, 16, "400"},
      {"trailer_bytes", "bytes", limits.trailer_bytes, 0, "431"},
      {"tls_handshake", "ms", count_of(limits.tls_handshake), 1, "closed"},
      {"first_byte", "ms", count_of(limits.first_byte), 1, "408"},
      {"headers", "ms", count_of(limits.headers), 1, "408"},
      {"body", "ms", count_of(limits.body), 1, "408"},
      {"idle", "ms", count_of(limits.idle), 1, "closed"},
      {"write", "ms", count_of(limits.write), 1, "closed"},
      {"stream_bytes", "bytes", limits.stream_bytes, 1, "Sent::full"},
      {"websocket_message_bytes", "bytes", limits.websocket_message_bytes, 1, "closed with 1009"},
      {"websocket_frame_bytes", "bytes", limits.websocket_frame_bytes, 1, "closed with 1009"},
      {"websocket_idle", "ms", count_of(limits.websocket_idle), 1, "a ping, then closed"},
  };
}

}  // namespace troupe::http
