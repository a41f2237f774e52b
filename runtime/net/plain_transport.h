// Links without TLS: bytes as they are, on this machine's own loopback alone.
#pragma once

#include "net/transport.h"

namespace troupe::net {

class PlainTransport final : public Transport {
 public:
  [[nodiscard]] Result<void> check_address(const std::string& host) const override;
  [[nodiscard]] Result<std::unique_ptr<SecureSession>> session_to(const std::string&, wire::Bytes&) const override {
    return std::unique_ptr<SecureSession>();
  }
  [[nodiscard]] Result<std::unique_ptr<SecureSession>> session_from_anyone() const override {
    return std::unique_ptr<SecureSession>();
  }
};

}  // namespace troupe::net
