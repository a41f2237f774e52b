// An address of HTTP or HTTPS, taken apart. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "troupe/error.h"

namespace troupe::auth::web {

struct WebAddress {
  bool secure = false;
  std::string host;   // of IPv6 without brackets
  std::string shown;  // as the field Host has it
  std::uint16_t port = 0;
  std::string target;  // path and query; "/" at least

  // This machine: "localhost", 127.0.0.0/8 or ::1.
  [[nodiscard]] bool is_here() const noexcept;
  // "https://shop.example", without the port that goes without saying.
  [[nodiscard]] std::string origin() const;
};

// `invalid`: it is none, or has a user, a fragment, a space or what is no ASCII.
[[nodiscard]] Result<WebAddress> read_address(std::string_view text);

}  // namespace troupe::auth::web
