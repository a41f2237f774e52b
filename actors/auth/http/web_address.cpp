#include "auth/http/web_address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

namespace troupe::auth::web {
namespace {

constexpr std::string_view kHostCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";

bool is_number6(const std::string& host) {
  in6_addr address{};
  return ::inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

}  // namespace

bool WebAddress::is_here() const noexcept {
  in_addr four{};
  if (::inet_pton(AF_INET, host.c_str(), &four) == 1) return (ntohl(four.s_addr) >> 24) == 127;
  return host == "localhost" || host == "::1";
}

std::string WebAddress::origin() const { return (secure ? "https://" : "http://") + shown; }

Result<WebAddress> read_address(std::string_view text) {
  const auto refuse = [&](const char* why) {
    return Error(ErrorKind::invalid, "\"" + std::string(text) + "\" is no address of HTTP: " + why);
  };
  if (!std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; }))
    return refuse("it has a space, or what is no ASCII");
  if (text.find_first_of("#\\") != text.npos) return refuse("it has a fragment or a backslash");
  WebAddress out;
  std::string_view rest = text;
  if (rest.starts_with("https://")) {
    out.secure = true;
    rest.remove_prefix(8);
  } else if (rest.starts_with("http://")) {
    rest.remove_prefix(7);
  } else {
    return refuse("it begins neither with https:// nor with http://");
  }
  const auto end = std::min(rest.find_first_of("/?"), rest.size());
  std::string_view place = rest.substr(0, end);
  out.target = rest.substr(end);
  if (!out.target.starts_with('/')) out.target.insert(0, "/");
  if (place.find('@') != place.npos) return refuse("it names a user");
  const bool bracketed = place.starts_with('[');
  const auto close = bracketed ? place.find(']') : place.find(':');
  out.host = bracketed ? place.substr(1, close == place.npos ? 0 : close - 1) : place.substr(0, close);
  std::string_view port = close == place.npos ? std::string_view() : place.substr(close + (bracketed ? 1 : 0));
  const bool good_host = bracketed ? is_number6(out.host)
                                   : !out.host.empty() && out.host.find_first_not_of(kHostCharacters) == out.host.npos;
  if (!good_host) return refuse("it has no host");
  out.port = out.secure ? 443 : 80;
  const std::uint16_t usual = out.port;
  if (!port.empty()) {
    port.remove_prefix(1);
    const auto [at, error] = std::from_chars(port.data(), port.data() + port.size(), out.port);
    if (place[place.size() - port.size() - 1] != ':' || error != std::errc() || at != port.data() + port.size() ||
        out.port == 0)
      return refuse("its port is none");
  }
  out.shown = bracketed ? "[" + out.host + "]" : out.host;
  if (out.port != usual) out.shown += ":" + std::to_string(out.port);
  return out;
}

}  // namespace troupe::auth::web
