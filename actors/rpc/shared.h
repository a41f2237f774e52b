// What all threads and connections of a server share.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/http/attendance.h"
#include "gateway/http/file_marks.h"
#include "gateway/key_guard.h"
#include "gateway/rate_limiter.h"
#include "rpc/server.h"

namespace troupe::rpc {

class TokenLooks;

struct Offer {
  const ServiceInfo* service;
  OfferOptions options;
  std::vector<gateway::RateLimit> limits{};  // $Http.limit of each method
};

// The files of TLS as they were read.
struct Certificate {
  http::FileMarks marks;  // from before they were read
  std::string chain;
  std::string key;
};

struct Shared {
  Shared(Node& of, ServerOptions given)
      : node(of),
        options(std::move(given)),
        limiter(std::make_shared<gateway::RateLimiter>(of)),
        attendance(options.limits.connections, options.limits.connections_per_peer) {}

  void log(LogLevel level, const std::string& message) const {
    if (options.log) options.log({.level = level, .room = "rpc", .message = message});
  }

  Node& node;
  const ServerOptions options;
  const std::shared_ptr<gateway::RateLimiter> limiter;
  http::Attendance attendance;
  std::shared_ptr<gateway::KeyGuard> keys{};         // since the start; null: keys are not looked at
  std::map<std::string, Offer, std::less<>> offers;  // fixed since the start
  TokenLooks* looks = nullptr;                       // since the start, and as long as loops run
  std::atomic<bool> draining{false};
  std::atomic<std::shared_ptr<const Certificate>> certificate{};  // null: no TLS
  std::mutex reading_certificate;                                 // whoever reads later stores later

  struct Live {
    std::atomic<std::uint64_t> calls{0}, accepted{0}, refused{0}, refused_per_peer{0}, answered{0}, cancelled{0},
        overloaded{0}, bad_tokens{0}, closed{0}, failed_handshakes{0};
  } counts;
};

}  // namespace troupe::rpc
