// What became of a request, for a host's access log.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string_view>

namespace troupe::http {

// Valid during the call of the sink only.
struct AccessRecord {
  std::string_view address;          // of the peer
  std::string_view method;           // empty: what came was no request, and the server answered
  std::string_view path;             // as it came, without its query, which may hold what no log should; empty as above
  int status = 0;                    // 0: the connection ended before there was an answer
  std::uint64_t bytes = 0;           // of the body, as it was handed to the connection
  std::chrono::nanoseconds took{0};  // until the last of the answer was handed over; of a stream, until its end
};

// Called once for each request, on the connection's thread, which serves others: it must not block. What it throws is
// logged. A WebSocket is told when it begins, with 101.
using AccessSink = std::function<void(const AccessRecord&)>;

}  // namespace troupe::http
