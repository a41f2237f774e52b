#include "observe/listen_address.h"

#include <boost/asio/ip/address.hpp>
#include <charconv>

namespace troupe::observe {

Result<ListenAddress> listen_address(std::string_view text) {
  const auto wrong = [&](const std::string& why) {
    return Error(ErrorKind::invalid, "\"" + std::string(text.substr(0, 100)) + "\" is no address to listen on: " + why +
                                         "; \"127.0.0.1:9464\" and \"[::1]:9464\" are");
  };
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return wrong("it has no port");
  std::string_view host = text.substr(0, colon), digits = text.substr(colon + 1);
  const bool brackets = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (brackets) host = host.substr(1, host.size() - 2);
  boost::system::error_code code;
  const auto address = boost::asio::ip::make_address(std::string(host), code);
  if (code) return wrong("an IP address comes before its last colon");
  if (address.is_v6() != brackets) return wrong("an address with colons stands in brackets, and no other");
  ListenAddress out{address.to_string(), 0, address.is_loopback()};
  const auto [end, trouble] = std::from_chars(digits.data(), digits.data() + digits.size(), out.port);
  if (trouble != std::errc() || end != digits.data() + digits.size() || digits.empty())
    return wrong("a port from 0 to 65535 comes after its last colon");
  return out;
}

}  // namespace troupe::observe
