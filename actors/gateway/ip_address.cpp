#include "gateway/ip_address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

namespace troupe::gateway {
namespace {

constexpr std::size_t kV4At = 12;
constexpr unsigned kV4Bits = 96;
constexpr std::array<unsigned char, kV4At> kOfV4 = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool begins_alike(const IpAddress& a, const IpAddress& b, unsigned bits) noexcept {
  const std::size_t whole = bits / 8;
  if (!std::equal(a.bytes.begin(), a.bytes.begin() + whole, b.bytes.begin())) return false;
  const unsigned left = bits % 8;
  return left == 0 || (a.bytes[whole] ^ b.bytes[whole]) >> (8 - left) == 0;
}

}  // namespace

std::optional<IpAddress> IpAddress::of(std::string_view text) {
  if (text.size() >= INET6_ADDRSTRLEN) return std::nullopt;
  const std::string whole(text);
  IpAddress out;
  if (inet_pton(AF_INET, whole.c_str(), out.bytes.data() + kV4At) == 1) {
    out.is_v4 = true;
  } else if (inet_pton(AF_INET6, whole.c_str(), out.bytes.data()) != 1) {
    return std::nullopt;
  } else if (std::equal(kOfV4.begin(), kOfV4.end(), out.bytes.begin())) {
    out.is_v4 = true;
    std::fill_n(out.bytes.begin(), kV4At, static_cast<unsigned char>(0));
  }
  return out;
}

std::string IpAddress::text() const {
  std::array<char, INET6_ADDRSTRLEN> out{};
  if (is_v4) return inet_ntop(AF_INET, bytes.data() + kV4At, out.data(), out.size());
  return inet_ntop(AF_INET6, bytes.data(), out.data(), out.size());
}

std::optional<IpNetwork> IpNetwork::of(std::string_view text) {
  const auto slash = text.find('/');
  const auto address = IpAddress::of(text.substr(0, slash));
  if (!address) return std::nullopt;
  if (slash == text.npos) return IpNetwork{*address, 128};
  // "::ffff:10.0.0.0/104" counts as it is written, "10.0.0.0/8" from where IPv4 begins.
  const bool is_short = text.substr(0, slash).find(':') == text.npos;
  const auto digits = text.substr(slash + 1);
  unsigned bits = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
  if (read.ec != std::errc() || read.ptr != digits.data() + digits.size() || digits.size() > 3) return std::nullopt;
  if (is_short) {
    if (bits > 32) return std::nullopt;
    bits += kV4Bits;
  }
  if (bits > 128 || (address->is_v4 && bits < kV4Bits)) return std::nullopt;
  // Of two addresses with these bits, one has no others.
  IpAddress least = *address;
  for (unsigned bit = bits; bit < 128; ++bit)
    least.bytes[bit / 8] = static_cast<unsigned char>(least.bytes[bit / 8] & ~(0x80u >> bit % 8));
  if (least.bytes != address->bytes) return std::nullopt;
  return IpNetwork{*address, bits};
}

bool IpNetwork::has(const IpAddress& one) const noexcept {
  return address.is_v4 == one.is_v4 && begins_alike(address, one, bits);
}

}  // namespace troupe::gateway
