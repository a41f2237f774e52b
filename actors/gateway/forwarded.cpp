#include "gateway/forwarded.h"

#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

namespace troupe::gateway {
namespace {

// One hop, as a proxy names whoever it had the request of.
struct Hop {
  IpAddress address;
  std::uint16_t port = 0;
  std::string_view proto{};  // "https"; empty: not said
};

std::string_view without_spaces(std::string_view text) {
  const auto is_space = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

// Takes the last piece off, which `by` parts from the others where no quotes are around it. From the end on, because
// that is what a trusted proxy wrote: what stands before may be anybody's, and is not looked at.
std::string_view take_last(std::string_view& rest, char by) {
  bool quoted = false;
  for (std::size_t at = rest.size(); at-- > 0;) {
    if (rest[at] == '"') quoted = !quoted;
    if (rest[at] != by || quoted) continue;
    const auto last = rest.substr(at + 1);
    rest = rest.substr(0, at);
    return last;
  }
  return std::exchange(rest, std::string_view());
}

// A port may be hidden, "_x".
bool read_port(std::string_view text, std::uint16_t& port) {
  if (text.starts_with('_') && text.size() > 1 && http::is_token(text)) return true;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), port);
  return read.ec == std::errc() && read.ptr == text.data() + text.size();
}

// "10.0.0.1", "10.0.0.1:80", "2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:80".
std::optional<Hop> node_of(std::string_view text) {
  std::string_view address = text, port;
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == text.npos) return std::nullopt;
    address = text.substr(1, end - 1);
    port = text.substr(end + 1);
    if (address.find(':') == address.npos) return std::nullopt;
  } else if (const auto colon = text.find(':'); colon != text.npos && text.find(':', colon + 1) == text.npos) {
    address = text.substr(0, colon);
    port = text.substr(colon);
  }
  const auto parsed = IpAddress::of(address);
  if (!parsed) return std::nullopt;
  Hop out{.address = *parsed};
  if (!port.empty() && (!port.starts_with(':') || !read_port(port.substr(1), out.port))) return std::nullopt;
  return out;
}

// Without its quotes. Addresses need no escapes, so a text that has some is none.
std::optional<std::string_view> value_of(std::string_view text) {
  if (!text.starts_with('"')) return http::is_token(text) ? std::optional(text) : std::nullopt;
  if (text.size() < 2 || !text.ends_with('"')) return std::nullopt;
  text = text.substr(1, text.size() - 2);
  return text.find_first_of("\"\\") == text.npos ? std::optional(text) : std::nullopt;
}

// RFC 7239: for="[2001:db8::1]:80";proto=https;by=...
std::optional<Hop> hop_of(std::string_view element) {
  std::optional<std::string_view> from, proto;
  while (!element.empty()) {
    const auto pair = without_spaces(take_last(element, ';'));
    const auto is = pair.find('=');
    if (is == pair.npos) return std::nullopt;
    const auto value = value_of(pair.substr(is + 1));
    if (!value) return std::nullopt;
    for (auto [name, to] : {std::pair{"for", &from}, std::pair{"proto", &proto}}) {
      if (!http::same_name(pair.substr(0, is), name)) continue;
      if (*to) return std::nullopt;
      *to = value;
    }
  }
  if (!from) return std::nullopt;
  auto out = node_of(*from);
  if (out && proto) out->proto = *proto;
  return out;
}

// The elements of all fields of that name, from the last to the first, until `look` returns false.
template <class Look>
void each_from_last(const http::Headers& headers, std::string_view name, Look&& look) {
  for (std::size_t i = headers.size(); i-- > 0;) {
    if (!http::same_name(headers[i].name, name)) continue;
    for (auto rest = headers[i].value; !rest.empty();) {
      const auto element = without_spaces(take_last(rest, ','));
      if (!element.empty() && !look(element)) return;
    }
  }
}

}  // namespace

Result<TrustedProxies> TrustedProxies::of(const Proxies& proxies) {
  TrustedProxies out;
  if (proxies.trusted.size() > kMaxTrustedProxies)
    return Error(ErrorKind::invalid, "GatewayOptions::proxies.trusted has " + std::to_string(proxies.trusted.size()) +
                                         " entries; at most " + std::to_string(kMaxTrustedProxies) + " are possible");
  for (const std::string& one : proxies.trusted) {
    const auto network = IpNetwork::of(one);
    if (!network)
      return Error(ErrorKind::invalid, "GatewayOptions::proxies.trusted has \"" + one.substr(0, 100) +
                                           "\"; an entry is an address, \"10.0.0.1\", or a network without bits past " +
                                           "its prefix, \"10.0.0.0/8\" or \"fd00::/8\"");
    out.networks_.push_back(*network);
  }
  out.header_ = proxies.header;
  out.scheme_ = proxies.scheme;
  return out;
}

bool TrustedProxies::trusts(const IpAddress& one) const noexcept {
  for (const auto& network : networks_)
    if (network.has(one)) return true;
  return false;
}

void TrustedProxies::see_through(http::Request& request) const {
  if (networks_.empty()) return;
  const std::string_view peer(request.peer.address);
  const auto connected = IpAddress::of(peer.substr(0, peer.find('%')));
  if (!connected || !trusts(*connected)) return;
  const bool is_standard = header_ == ForwardedBy::forwarded;
  std::optional<Hop> client;
  bool readable = true;
  each_from_last(request.headers, is_standard ? "Forwarded" : "X-Forwarded-For", [&](std::string_view element) {
    client = is_standard ? hop_of(element) : node_of(element);
    readable = client.has_value();
    return readable && trusts(client->address);
  });
  if (!readable || !client) return;
  request.peer = {client->address.text(), client->port};
  if (!scheme_) return;
  const std::string proto = is_standard ? std::string(client->proto) : request.headers.joined("X-Forwarded-Proto");
  if (http::same_name(proto, "https")) request.secure = true;
  if (http::same_name(proto, "http")) request.secure = false;
}

}  // namespace troupe::gateway
