#include "gateway/client_address.h"

#include <algorithm>

#include "gateway/ip_address.h"

namespace troupe::gateway {

std::string client_of(std::string_view address) {
  const auto text = address.substr(0, address.find('%'));  // without the interface
  auto parsed = IpAddress::of(text);
  if (!parsed) return std::string(text);
  if (parsed->is_v4) return parsed->text();
  std::fill(parsed->bytes.begin() + 8, parsed->bytes.end(), static_cast<unsigned char>(0));
  return parsed->text() + "/64";
}

}  // namespace troupe::gateway
