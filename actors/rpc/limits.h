// Every bound of the RPC port: its name, its unit, its default, and what happens past it. actors/rpc/README.md has the
// table; limit_rows() gives it to programs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "troupe/duration.h"

namespace troupe::rpc {

struct Limits {
  // Connections; past either, a new one is told so and closed.
  std::size_t connections = 1'000;
  std::size_t connections_per_peer = 100;  // of one address
  // Calls that have not been answered; past either, a call is `overloaded`.
  std::size_t calls = 10'000;
  std::size_t calls_per_connection = 256;
  // Tokens of all connections that wait to be looked at; past it, one is `overloaded`.
  std::size_t waiting_tokens = 1'000;
  // One connection.
  std::size_t answers = 4'096;             // closed: that the peer has not said it is done with (`Finish`)
  std::size_t capabilities = 1'024;        // `overloaded`: directories and services that the peer holds
  std::size_t tokens = 8;                  // `overloaded`: that are being looked at
  std::size_t bad_tokens = 3;              // closed: with so many of them
  std::size_t token_bytes = 8u << 10;      // a longer one is none
  std::size_t message_words = 128u << 10;  // of 8 bytes. A message: closed; parameters or results: `invalid`
  std::size_t call_words = 1u << 20;       // nothing is read while the parameters of calls under way have so many
  std::size_t queue_bytes = 4u << 20;      // nothing is read while so many wait for a slow peer
  // Time. `max()` is never.
  Milliseconds tls_handshake{std::chrono::seconds(10)};  // closed
  Milliseconds without_token{std::chrono::seconds(10)};  // closed: without a good one, where one is asked for
  Milliseconds token{std::chrono::hours(1)};             // authenticate again: however long the token itself is good
  Milliseconds message{std::chrono::seconds(30)};        // closed: from its first byte to its last
  Milliseconds write{std::chrono::seconds(30)};          // closed: a message that the peer does not take
  Milliseconds idle{std::chrono::minutes(10)};           // closed: no message, and no call is under way
};

struct LimitRow {
  std::string_view name;     // the field's
  std::string_view unit;     // "bytes", "ms", or what is counted
  std::uint64_t value;       // in that unit; all ones: never
  std::uint64_t least;       // that start() takes
  std::uint64_t most;        // that start() takes
  std::string_view outcome;  // "closed", "overloaded"
};
[[nodiscard]] std::vector<LimitRow> limit_rows(const Limits& limits);

}  // namespace troupe::rpc
