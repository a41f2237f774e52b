// Where an etcd is reached: "10.0.0.1:2379", "https://etcd-1:2379", "http://[::1]:2379".
#pragma once

#include <string>
#include <vector>

#include "troupe/error.h"

namespace troupe::coordinator::etcd {

struct Endpoint {
  bool tls = false;
  std::string host;
  std::string port;
  std::string shown;  // for messages and for the Host header: host and port
};

// `invalid`: none, too many, one that cannot be read or stands there twice, some with TLS and some without.
[[nodiscard]] Result<std::vector<Endpoint>> parse_endpoints(const std::vector<std::string>& texts);

// The numbers that mean this machine, and "localhost".
[[nodiscard]] bool is_loopback(const std::string& host);

}  // namespace troupe::coordinator::etcd
