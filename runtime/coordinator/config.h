// Which coordinator a cluster has and how it is reached. Plain data.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace troupe::coordinator {

enum class Kind : std::uint8_t {
  none,  // "static": the list of members in the configuration stands; there is nothing to open
  file,  // the processes of one machine share `directory`
  etcd,  // etcd v3 at `endpoints`
};

struct CoordinatorConfig {
  Kind kind = Kind::none;

  // file: of its own and on a local disk; made if it is not there, for this user alone.
  std::filesystem::path directory{};

  // etcd: "10.0.0.1:2379", "http://etcd-1:2379", "https://[::1]:2379"; the members of one etcd. A port that is left out
  // is 2379. At most kMaxEndpoints, all with TLS or all without.
  std::vector<std::string> endpoints{};
  // What this cluster's keys begin with, so that several share an etcd: "troupe/shop". Printable ASCII without spaces,
  // at most kMaxPrefixBytes, not empty.
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

inline constexpr std::size_t kMaxEndpoints = 16;
inline constexpr std::size_t kMaxPrefixBytes = 128;

}  // namespace troupe::coordinator
