#include "tls/peer_name.h"

#include "troupe/certificates.h"

namespace troupe {

std::string tls_name(const std::string& cluster, const std::string& node) { return tls::to_uri({cluster, node}); }

namespace tls {
namespace {

constexpr std::string_view kDigits = "0123456789ABCDEF";

bool stands_as_it_is(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

void append_encoded(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (stands_as_it_is(c)) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
}

std::optional<std::string> decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (text.size() - i < 3) return std::nullopt;
    const auto high = kDigits.find(text[i + 1]), low = kDigits.find(text[i + 2]);
    if (high == kDigits.npos || low == kDigits.npos) return std::nullopt;
    out += static_cast<char>(high << 4 | low);
    i += 2;
  }
  return out;
}

}  // namespace

std::string to_uri(const PeerName& name) {
  std::string out(kNameScheme);
  append_encoded(out, name.cluster);
  out += '/';
  append_encoded(out, name.node);
  return out;
}

std::optional<PeerName> from_uri(std::string_view uri) {
  if (!uri.starts_with(kNameScheme)) return std::nullopt;
  const std::string_view rest = uri.substr(kNameScheme.size());
  const auto slash = rest.find('/');
  if (slash == rest.npos) return std::nullopt;
  auto cluster = decoded(rest.substr(0, slash));
  auto node = decoded(rest.substr(slash + 1));
  if (!cluster || !node || cluster->empty() || node->empty()) return std::nullopt;
  PeerName name{std::move(*cluster), std::move(*node)};
  if (to_uri(name) != uri) return std::nullopt;
  return name;
}

}  // namespace tls
}  // namespace troupe
