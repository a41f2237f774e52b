// Topics whose events lie in NATS JetStream instead of the partitions' own tables: for those who outgrow a node's disk.
// One stream for each partition, one message of it for each append. What it promises beside what every log does, and
// what it leaves to the server's configuration, stands in actors/topic/README.md.
//
//   topic::Topics topics(topic::jetstream::logs({.url = "nats://10.0.0.7:4222"}));
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "topic/event_log.h"

namespace troupe::topic::jetstream {

struct Config {
  std::string url = "nats://127.0.0.1:4222";  // of one server of a cluster or, with commas between, of several
  // A file with a user's JWT and seed, as `nsc` makes it; empty: none.
  std::string credentials{};
  // Streams are named "<prefix>-<topic>-<partition>", their subjects "<prefix>.<topic>.<partition>". Systems that share
  // a server need one each.
  std::string prefix = "troupe";
  std::int64_t replicas = 1;  // of streams that are made; those that exist stay as they are
  // How long an answer of the server is waited for. Then, and while there is no server, calls end with `unavailable`.
  // At most an hour.
  std::chrono::milliseconds patience{5000};
};

// Logs that share one connection, which is made when it is first needed and again whenever it was lost. Throws
// `invalid` for a configuration that can never work.
[[nodiscard]] LogFactory logs(const Config& config);

}  // namespace troupe::topic::jetstream
