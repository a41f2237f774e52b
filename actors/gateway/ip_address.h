// Addresses of the Internet Protocol and networks of them. Values; pure.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace troupe::gateway {

struct IpAddress {
  std::array<unsigned char, 16> bytes{};  // one of IPv4: in the last four
  bool is_v4 = false;

  // "10.0.0.1", "2001:db8::1"; "::ffff:10.0.0.1" is one of IPv4. Nothing: it is none, or names an interface.
  [[nodiscard]] static std::optional<IpAddress> of(std::string_view text);
  [[nodiscard]] std::string text() const;
};

struct IpNetwork {
  IpAddress address{};
  unsigned bits = 0;  // of `bytes`: those of IPv4 begin at 96

  // "10.0.0.0/8", or an address, which is a network of one. Nothing: it is none, or has bits past its prefix.
  [[nodiscard]] static std::optional<IpNetwork> of(std::string_view text);
  [[nodiscard]] bool has(const IpAddress& one) const noexcept;
};

}  // namespace troupe::gateway
