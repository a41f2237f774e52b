// A client by where it is. Pure.
#pragma once

#include <string>
#include <string_view>

namespace troupe::gateway {

// An IPv6 network of 64 bits is one client, who has them all; an IPv4 address is one, also as "::ffff:10.0.0.1".
[[nodiscard]] std::string client_of(std::string_view address);

}  // namespace troupe::gateway
