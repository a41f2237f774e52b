#include "rpc/limits.h"

#include <limits>

namespace troupe::rpc {
namespace {

constexpr std::uint64_t kUnbounded = std::numeric_limits<std::uint64_t>::max();
// What the runtime takes as one message at most, 64 MiB.
constexpr std::uint64_t kMostWords = std::uint64_t{8} << 20;

std::uint64_t milliseconds_of(Milliseconds time) noexcept {
  const std::chrono::milliseconds exact = time;
  if (exact == std::chrono::milliseconds::max()) return kUnbounded;
  return exact.count() < 0 ? 0 : static_cast<std::uint64_t>(exact.count());
}

}  // namespace

std::vector<LimitRow> limit_rows(const Limits& limits) {
  return {
      {"connections", "connections", limits.connections, 1, kUnbounded, "closed"},
      {"connections_per_peer", "connections", limits.connections_per_peer, 1, kUnbounded, "closed"},
      {"calls", "calls", limits.calls, 1, kUnbounded, "overloaded"},
      {"calls_per_connection", "calls", limits.calls_per_connection, 1, kUnbounded, "overloaded"},
      {"waiting_tokens", "tokens", limits.waiting_tokens, 1, kUnbounded, "overloaded"},
      {"answers", "answers", limits.answers, 2, kUnbounded, "closed"},
      {"capabilities", "capabilities", limits.capabilities, 1, kUnbounded, "overloaded"},
      {"tokens", "tokens", limits.tokens, 1, kUnbounded, "overloaded"},
      {"bad_tokens", "tokens", limits.bad_tokens, 1, kUnbounded, "closed"},
      {"token_bytes", "bytes", limits.token_bytes, 1, kUnbounded, "unauthenticated"},
      {"message_words", "words", limits.message_words, 64, kMostWords, "closed, or invalid"},
      {"call_words", "words", limits.call_words, 1, kUnbounded, "read later"},
      {"queue_bytes", "bytes", limits.queue_bytes, 1, kUnbounded, "read later"},
      {"tls_handshake", "ms", milliseconds_of(limits.tls_handshake), 1, kUnbounded, "closed"},
      {"without_token", "ms", milliseconds_of(limits.without_token), 1, kUnbounded, "closed"},
      {"token", "ms", milliseconds_of(limits.token), 1, kUnbounded, "unauthenticated"},
      {"message", "ms", milliseconds_of(limits.message), 1, kUnbounded, "closed"},
      {"write", "ms", milliseconds_of(limits.write), 1, kUnbounded, "closed"},
      {"idle", "ms", milliseconds_of(limits.idle), 1, kUnbounded, "closed"},
  };
}

}  // namespace troupe::rpc
