// What all connections of a server share: its options, its handler, its counts, who is connected. Any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "gateway/http/answer_head.h"
#include "gateway/http/attendance.h"
#include "gateway/http/server.h"

namespace troupe::http {

class TlsContext;

struct LiveCounts {
  std::atomic<std::uint64_t> accepted{0}, refused{0}, refused_per_peer{0}, requests{0}, bad_requests{0}, timeouts{0},
      refused_answers{0}, failed_handshakes{0};
};

class Shared {
 public:
  Shared(ServerOptions options, Handler handler);

  const ServerOptions options;
  const Handler handler;
  const CommonFields common;
  LiveCounts counts;
  std::atomic<bool> draining{false};
  // What new connections show; null: no TLS.
  std::atomic<std::shared_ptr<const TlsContext>> tls;

  Attendance attendance;

  void log(LogLevel level, const std::string& message) const;
  [[nodiscard]] Response refusal(int status, std::string_view why) const;
};

// Runs what a program gave the server; an exception ends here. False: it threw.
template <class Run>
bool guarded(const Shared& shared, const char* what, Run&& run) {
  try {
    run();
    return true;
  } catch (const std::exception& error) {
    shared.log(LogLevel::error, std::string(what) + " threw: " + error.what());
  } catch (...) {
    shared.log(LogLevel::error, std::string(what) + " threw what is no std::exception");
  }
  return false;
}

}  // namespace troupe::http
