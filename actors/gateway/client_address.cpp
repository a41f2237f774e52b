#include "gateway/client_address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

namespace troupe::gateway {

std::string client_of(std::string_view address) {
  std::string text(address.substr(0, address.find('%')));  // without the interface
  std::array<unsigned char, 16> bytes{};
  if (inet_pton(AF_INET6, text.c_str(), bytes.data()) != 1) return text;
  constexpr std::array<unsigned char, 12> kOfFour = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  std::array<char, INET6_ADDRSTRLEN> out{};
  if (std::equal(kOfFour.begin(), kOfFour.end(), bytes.begin()))
    return inet_ntop(AF_INET, bytes.data() + kOfFour.size(), out.data(), out.size()) ? out.data() : text;
  std::fill(bytes.begin() + 8, bytes.end(), 0);
  return inet_ntop(AF_INET6, bytes.data(), out.data(), out.size()) ? std::string(out.data()) + "/64" : text;
}

}  // namespace troupe::gateway
