#include "gateway/http/target.h"

#include <algorithm>

namespace troupe::http {
namespace {

constexpr int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_host(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("-._~!$&'()*+;=:%[]").find(c) != std::string_view::npos;
  });
}

// Decodes but for %2F. False: a code that is none, a byte 0, or a segment "." or "..".
bool take_path(std::string_view raw, std::string& into) {
  into.reserve(raw.size());
  std::size_t segment = 0;
  const auto segment_is_good = [&] {
    const std::string_view text = std::string_view(into).substr(segment);
    return text != "." && text != "..";
  };
  for (std::size_t at = 0; at < raw.size(); ++at) {
    char c = raw[at];
    if (c == '/') {
      if (!segment_is_good()) return false;
      segment = into.size() + 1;
    } else if (c == '%') {
      if (raw.size() - at < 3) return false;
      const int high = hex_digit(raw[at + 1]), low = hex_digit(raw[at + 2]);
      if (high < 0 || low < 0) return false;
      c = static_cast<char>(high * 16 + low);
      if (c == '\0') return false;
      at += 2;
      if (c == '/') {
        into += "%2F";
        continue;
      }
    }
    into += c;
  }
  return segment_is_good();
}

}  // namespace

std::optional<std::string> percent_decoded(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '%') {
      if (text.size() - at < 3) return std::nullopt;
      const int high = hex_digit(text[at + 1]), low = hex_digit(text[at + 2]);
      if (high < 0 || low < 0 || (high == 0 && low == 0)) return std::nullopt;
      out += static_cast<char>(high * 16 + low);
      at += 2;
    } else {
      out += text[at] == '+' && plus_is_space ? ' ' : text[at];
    }
  }
  return out;
}

std::optional<Refused> take_target(std::string_view method, std::string_view target, std::string_view host,
                                   Request& into) {
  if (method == "CONNECT") return Refused{405, "CONNECT is not allowed here"};
  if (method == "TRACE") return Refused{405, "TRACE is not allowed here"};
  if (target.find('#') != std::string_view::npos) return Refused{400, "the target has a fragment"};
  if (target == "*") {
    if (method != "OPTIONS") return Refused{400, "the target * is for OPTIONS alone"};
    into.target.raw = into.target.path = "*";
    into.host = host;
    return is_host(host) ? std::nullopt : std::optional(Refused{400, "Host is no host"});
  }
  if (target.front() != '/') {
    const std::size_t colon = target.find("://");
    const std::string_view scheme = target.substr(0, colon);
    if (colon == std::string_view::npos || !(same_name(scheme, "http") || same_name(scheme, "https")))
      return Refused{400, "the target is neither a path nor an address of http or https"};
    target.remove_prefix(colon + 3);
    const std::size_t end = std::min(target.find_first_of("/?"), target.size());
    host = target.substr(0, end);
    if (host.empty()) return Refused{400, "the target names no host"};
    target.remove_prefix(end);
  }
  if (!is_host(host)) return Refused{400, "the host has a character that no host has"};
  into.host = host;
  // Without a path, "/" is meant; "*" with OPTIONS.
  const bool bare = target.empty() || target.front() == '?';
  into.target.raw = bare ? "/" + std::string(target) : std::string(target);
  const std::string_view raw(into.target.raw);
  const std::size_t mark = std::min(raw.find('?'), raw.size());
  if (!take_path(raw.substr(0, mark), into.target.path))
    return Refused{400, "the path has a percent code that is none, a byte 0, or a segment '.' or '..'"};
  if (mark < raw.size()) into.target.query = raw.substr(mark + 1);
  if (into.target.query.find('%') != std::string::npos && !percent_decoded(into.target.query, true))
    return Refused{400, "the query has a percent code that is none, or a byte 0"};
  return std::nullopt;
}

std::vector<std::string> Target::segments() const {
  std::vector<std::string> out;
  std::string_view rest(raw);
  rest = rest.substr(0, rest.find('?'));
  if (rest.starts_with('/')) rest.remove_prefix(1);
  out.reserve(1 + static_cast<std::size_t>(std::count(rest.begin(), rest.end(), '/')));
  for (;;) {
    const std::size_t slash = rest.find('/');
    out.push_back(percent_decoded(rest.substr(0, slash), false).value_or(std::string()));
    if (slash == std::string_view::npos) return out;
    rest.remove_prefix(slash + 1);
  }
}

std::vector<std::pair<std::string, std::string>> Target::parameters() const {
  std::vector<std::pair<std::string, std::string>> out;
  std::string_view rest(query);
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('&'), rest.size());
    const std::string_view one = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (one.empty()) continue;
    const std::size_t equals = std::min(one.find('='), one.size());
    out.emplace_back(percent_decoded(one.substr(0, equals), true).value_or(std::string()),
                     percent_decoded(one.substr(std::min(equals + 1, one.size())), true).value_or(std::string()));
  }
  return out;
}

bool Request::wants_websocket() const {
  const auto upgrade = headers.find("Upgrade");
  return upgrade && list_has(*upgrade, "websocket");
}

}  // namespace troupe::http
