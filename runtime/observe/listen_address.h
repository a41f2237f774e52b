// Where to listen, as configurations say it: "127.0.0.1:9464", "[::1]:9464".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "troupe/error.h"

namespace troupe::observe {

struct ListenAddress {
  std::string host;  // an address, no name
  std::uint16_t port = 0;
  bool loopback = true;  // other machines do not reach it
};

// `invalid` says what is wrong with it.
[[nodiscard]] Result<ListenAddress> listen_address(std::string_view text);

}  // namespace troupe::observe
