// The name in a node's certificate: troupe://CLUSTER/NODE, each of both percent-encoded. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace troupe::tls {

inline constexpr std::string_view kNameScheme = "troupe://";

struct PeerName {
  std::string cluster;
  std::string node;
  bool operator==(const PeerName&) const = default;
};

[[nodiscard]] std::string to_uri(const PeerName& name);
// Nothing: it is no such name, or not as to_uri() writes it. One name has one form, so that no two are taken for
// different ones that are the same.
[[nodiscard]] std::optional<PeerName> from_uri(std::string_view uri);

}  // namespace troupe::tls
