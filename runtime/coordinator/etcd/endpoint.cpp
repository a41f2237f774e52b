#include "coordinator/etcd/endpoint.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

#include "coordinator/config.h"

namespace troupe::coordinator::etcd {
namespace {

constexpr const char* kDefaultPort = "2379";
constexpr std::size_t kMaxHostBytes = 253;

Error wrong(const std::string& text, const std::string& why) {
  std::string shown = text.substr(0, 80);
  for (char& c : shown)
    if (c < ' ' || c > '~') c = '?';
  return {ErrorKind::invalid, "the endpoint '" + shown + "' of an etcd " + why + "; write \"https://HOST:PORT\""};
}

bool is_host(std::string_view host) {
  return !host.empty() && host.size() <= kMaxHostBytes && std::all_of(host.begin(), host.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           c == '_';
  });
}

bool is_v6(const std::string& host) {
  in6_addr address{};
  return ::inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

bool is_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), port);
  return failure == std::errc() && end == text.data() + text.size() && port != 0;
}

Result<Endpoint> parse(const std::string& text) {
  Endpoint endpoint;
  std::string_view rest = text;
  if (rest.starts_with("https://")) {
    endpoint.tls = true;
    rest.remove_prefix(8);
  } else if (rest.starts_with("http://")) {
    rest.remove_prefix(7);
  }
  if (rest.ends_with('/')) rest.remove_suffix(1);
  std::optional<std::string_view> port;
  if (rest.starts_with('[')) {
    const auto end = rest.find(']');
    if (end == rest.npos) return wrong(text, "has a '[' without ']'");
    endpoint.host = rest.substr(1, end - 1);
    if (!is_v6(endpoint.host)) return wrong(text, "has brackets around what is no IPv6 address");
    rest.remove_prefix(end + 1);
    if (!rest.empty() && rest.front() != ':') return wrong(text, "goes on after its address");
    if (!rest.empty()) port = rest.substr(1);
    endpoint.shown = "[" + endpoint.host + "]";
  } else {
    const auto colon = rest.find(':');
    endpoint.host = rest.substr(0, colon);
    if (colon != rest.npos) port = rest.substr(colon + 1);
    if (!is_host(endpoint.host)) return wrong(text, "has no host name or address");
    endpoint.shown = endpoint.host;
  }
  if (port && !is_port(*port)) return wrong(text, "has no port between 1 and 65535 after its ':'");
  endpoint.port = port.value_or(kDefaultPort);
  endpoint.shown += ":" + endpoint.port;
  return endpoint;
}

}  // namespace

bool is_loopback(const std::string& host) {
  in_addr v4{};
  if (::inet_pton(AF_INET, host.c_str(), &v4) == 1) return ntohl(v4.s_addr) >> 24 == 127;
  in6_addr v6{};
  if (::inet_pton(AF_INET6, host.c_str(), &v6) == 1) return IN6_IS_ADDR_LOOPBACK(&v6);
  return host == "localhost";
}

Result<std::vector<Endpoint>> parse_endpoints(const std::vector<std::string>& texts) {
  if (texts.empty())
    return Error(ErrorKind::invalid, "a coordinator of kind etcd wants endpoints, such as \"https://10.0.0.1:2379\"");
  if (texts.size() > kMaxEndpoints)
    return Error(ErrorKind::invalid, "a coordinator has at most " + std::to_string(kMaxEndpoints) +
                                         " endpoints, and here are " + std::to_string(texts.size()));
  std::vector<Endpoint> endpoints;
  for (const std::string& text : texts) {
    auto endpoint = parse(text);
    if (!endpoint) return endpoint.error();
    for (const Endpoint& other : endpoints) {
      if (other.shown == endpoint->shown) return wrong(text, "stands there twice");
      if (other.tls != endpoint->tls) return wrong(text, "has TLS where another has none, or none where another has");
    }
    endpoints.push_back(std::move(endpoint).value());
  }
  return endpoints;
}

}  // namespace troupe::coordinator::etcd
