// The loopback rule.
#include "net/plain_transport.h"

#include <arpa/inet.h>

namespace troupe::net {

Result<void> PlainTransport::check_address(const std::string& host) const {
  in_addr v4{};
  if (host == "localhost" || host == "::1") return {};
  if (inet_pton(AF_INET, host.c_str(), &v4) == 1 && (ntohl(v4.s_addr) >> 24) == 127) return {};
  return Error(ErrorKind::invalid, "cannot use address '" + host +
                                       "' for a link: links without TLS stay on this machine; use 127.0.0.1, ::1 or "
                                       "localhost, or give every node NodeConfig::tls (`troupe cert init` makes "
                                       "certificates)");
}

}  // namespace troupe::net
