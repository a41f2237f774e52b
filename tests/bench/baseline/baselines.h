// What a user would otherwise take, measured the way the lines of the benchmark ask. Nothing of Troupe is behind these.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "line.h"

namespace troupe::bench::baseline {

// CAF request/response between `pairs` pairs of actors, one request outstanding in each: calls per second.
double caf_local_calls(int pairs, const Effort& effort);
// Messages per second that `senders` CAF actors send to one, two bursts of each under way; the last of a burst is
// answered.
double caf_one_way_messages(int senders, int burst, const Effort& effort);
// CAF request/response over BASP to an actor in another process: calls per second.
double caf_remote_calls(int in_flight, const Effort& effort);
// Resident bytes per idle CAF actor.
double caf_idle_bytes(const Effort& effort);
// From a message at which a CAF actor throws to the answer of the one that is spawned in its place by who monitors it:
// the median in microseconds.
double caf_restart_us(const Effort& effort);
// A 64-byte ping-pong between two processes over loopback, blocking sockets: the median in microseconds.
double tcp_round_trip_us(const Effort& effort);
// The same with as many messages in flight: round trips per second.
double tcp_round_trips(int in_flight, const Effort& effort);
// The two of TCP above with TLS 1.3: OpenSSL on blocking sockets.
double tls_round_trip_us(const Effort& effort);
double tls_round_trips(int in_flight, const Effort& effort);
// A bare Boost.Beast server of one thread with an answer of 64 bytes: requests per second of 64 connections, and
// resident bytes per connection of 10,000 that wait.
double beast_requests(const Effort& effort);
double beast_idle_bytes(const Effort& effort);
// The same of nginx, which has to be installed.
double nginx_requests(const Effort& effort);
// OpenSSL verifying a signature of ES256 or RS256 again and again: microseconds.
double signature_check_us(bool rsa, const Effort& effort);
// Redis with `appendfsync always`, SETs of a value that large to as many keys, all of them in flight on one connection
// (pipelined): SETs per second. Throws when redis-server is not installed.
double redis_sets(int in_flight, std::size_t value_bytes, const Effort& effort);

struct Puts {
  std::size_t value_bytes;
  std::uint32_t keys;         // there before the clock starts; more than a transaction puts: taken at random
  std::uint32_t transaction;  // puts in one
};
struct PutFigures {
  double median_us;  // of a transaction, committed and synced
  double puts_per_second;
};
// LMDB with its defaults: a commit is on disk when it returns.
PutFigures lmdb_puts(const Puts& puts, const Effort& effort);

// What one transaction does. Keys are given whole, values by their size.
class Writes {
 public:
  virtual void put(const std::string& key, std::size_t value_bytes) = 0;
  virtual void erase(const std::string& key) = 0;

 protected:
  ~Writes() = default;
};
// LMDB as above: `stages[i](writes, round)` is called for each stage of a round in turn, round after round; operations
// per second, of which a round does `operations`. A transaction takes in as many writes as `effort.batch` operations
// have; without a batch it is a stage.
using Stage = std::function<void(Writes&, std::uint64_t round)>;
double lmdb_rounds(const std::vector<Stage>& stages, std::size_t operations, const Effort& effort);

// The far sides of the remote ones, in a process of their own: they print their port and run until stdin ends.
void serve_caf();
void serve_tcp();
void serve_tls();

}  // namespace troupe::bench::baseline
