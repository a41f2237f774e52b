// Who sent a request that a proxy passed on: what proxies say of it, as far as they are believed. Pure; any thread.
#pragma once

#include <vector>

#include "gateway/gateway.h"
#include "gateway/ip_address.h"

namespace troupe::gateway {

class TrustedProxies {
 public:
  // None.
  TrustedProxies() = default;
  // `invalid`: what is no address and no network, or too many of them.
  [[nodiscard]] static Result<TrustedProxies> of(const Proxies& proxies);

  // Makes the request's peer, and `secure` where that is wanted, what the proxies say. They are believed from the last
  // on, as long as they are trusted; where what one of them says cannot be read, the connection's own stay.
  void see_through(http::Request& request) const;

 private:
  [[nodiscard]] bool trusts(const IpAddress& one) const noexcept;

  std::vector<IpNetwork> networks_;
  ForwardedBy header_ = ForwardedBy::x_forwarded_for;
  bool scheme_ = false;
};

}  // namespace troupe::gateway
