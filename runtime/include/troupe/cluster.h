// How a node joins a cluster whose members come and go: by a coordinator, which all of them name, and their own
// address. A node with a list of members in its configuration (NodeConfig::members) needs none of this.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "troupe/limits.h"

namespace troupe {

enum class CoordinatorKind : std::uint8_t {
  none,  // "static": the list of members in the configuration stands
  file,  // the processes of one machine share `directory`
  etcd,  // etcd v3 at `endpoints`
};

// Which coordinator a cluster has and how it is reached; the same for all its nodes.
struct CoordinatorConfig {
  CoordinatorKind kind = CoordinatorKind::none;

  // file: of its own and on a local disk; made if it is not there, for this user alone.
  std::filesystem::path directory{};

  // etcd: "10.0.0.1:2379", "http://etcd-1:2379", "https://[::1]:2379"; the members of one etcd. A port that is left out
  // is 2379. At most limits::kMaxCoordinatorEndpoints, all with TLS or all
  // without.
  std::vector<std::string> endpoints{};
  // What this cluster's keys begin with, so that several share an etcd: "troupe/shop". Printable ASCII without spaces,
  // not empty.
  std::string prefix{};

  // etcd with TLS (https). Nothing: the system's authorities.
  std::filesystem::path ca_file{};
  // PEM, both or none. etcd's JSON gateway refuses a certificate with a common name: leave it out, and name who it is
  // by `user`.
  std::filesystem::path certificate_file{};
  std::filesystem::path key_file{};
  // etcd with authentication: a user and a file with its password, which is for this process's user alone. A password
  // is sent over TLS only, or over loopback.
  std::string user{};
  std::filesystem::path password_file{};
};

struct JoinConfig {
  // Kind none: the node does not join; NodeConfig::members says who is who.
  CoordinatorConfig coordinator{};
  // Where the other members reach this one, and where it listens. Without TLS: loopback. Port 0 picks a free one.
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;
  // Calls, but owns no partitions: a front end, a script, a test.
  bool client = false;
  // How much of all it is to own, beside the others; 0: nothing new. At most limits::kMaxWeight.
  std::uint32_t weight = 100;
  // Shown, and for placement by hand.
  std::string zone{};
  std::map<std::string, std::string> labels{};
  // So long after this process has died without anybody noticing otherwise, the others take it for dead. At least one
  // second.
  std::chrono::milliseconds session_ttl{5'000};
  // start() gives up when it has not joined by then.
  std::chrono::milliseconds timeout{15'000};
  // What turns have to come to their end while their partition is handed over to another member; then they are ended
  // where they wait. The call of one that may be repeated (a durable actor's, readOnly, $Troupe.retry) runs anew at
  // that member, under its id; any other ends with `unavailable`.
  std::chrono::milliseconds drain{2'000};
  // Partitions move to where each member has its share as soon as one comes; false: only from members that are drained
  // or, if they hold nothing on disk, lost.
  bool rebalance = true;
  // Partitions that this node gives at a time; from 1 to limits::kMaxMoves.
  unsigned moves = 4;
  // What of them it sends a second, all together; 0: as fast as it goes.
  std::uint64_t move_bytes_per_second = 0;
  // `joining` until the host program says Node::ready(true).
  bool held_back = false;
};

}  // namespace troupe
