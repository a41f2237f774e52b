#include "dashboard/admission.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

#include "dashboard/limits.h"

namespace troupe::dashboard {
namespace {

constexpr std::string_view kBearer = "Bearer ";

bool is_address(std::string_view text) {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  const std::string whole(text);
  return ::inet_pton(AF_INET, whole.c_str(), bytes.data()) == 1 ||
         ::inet_pton(AF_INET6, whole.c_str(), bytes.data()) == 1;
}

// Without the port and the brackets.
std::string_view name_of(std::string_view host) {
  if (host.starts_with('[')) {
    const auto end = host.find(']');
    return end == std::string_view::npos ? std::string_view{} : host.substr(1, end - 1);
  }
  return host.substr(0, host.find(':'));
}

std::vector<std::string_view> parts_of(std::string_view path) {
  std::vector<std::string_view> parts;
  path = path.substr(0, path.find('?'));
  while (!path.empty()) {
    path.remove_prefix(1);  // the slash
    const auto end = std::min(path.find('/'), path.size());
    parts.push_back(path.substr(0, end));
    path.remove_prefix(end);
  }
  return parts;
}

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

bool is_loopback(std::string_view address) {
  in_addr four{};
  in6_addr six{};
  const std::string whole(address);
  if (::inet_pton(AF_INET, whole.c_str(), &four) == 1) return (ntohl(four.s_addr) >> 24) == 127;
  return ::inet_pton(AF_INET6, whole.c_str(), &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}

bool host_is_known(std::string_view host, const std::vector<std::string>& names) {
  const std::string_view name = name_of(host);
  if (is_address(name) || http::same_name(name, "localhost")) return true;
  return std::any_of(names.begin(), names.end(), [&](const auto& one) { return http::same_name(name, one); });
}

std::optional<std::string> foreign(const http::Request& request) {
  const std::string own = (request.secure ? "https://" : "http://") + request.host;
  const auto origin = request.headers.find("Origin");
  if (origin && !http::same_name(*origin, own)) return "it comes from a page of " + std::string(origin->substr(0, 200));
  const auto site = request.headers.find("Sec-Fetch-Site");
  if (site && *site != "same-origin" && *site != "none") return std::string("it comes from a page of another site");
  return std::nullopt;
}

bool same_secret(std::string_view given, std::string_view wanted) noexcept {
  std::size_t differs = given.size() ^ wanted.size();
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const char theirs = given.empty() ? '\0' : given[i % given.size()];
    differs |= static_cast<unsigned char>(theirs ^ wanted[i]);
  }
  return differs == 0;
}

std::string_view bearer_of(const http::Request& request) {
  const auto field = request.headers.find("Authorization");
  if (!field || field->size() <= kBearer.size()) return {};
  if (!http::same_name(field->substr(0, kBearer.size()), kBearer)) return {};
  return field->substr(kBearer.size());
}

std::string cookie_of(const http::Request& request, std::string_view name) {
  const std::string all = request.headers.joined("Cookie");
  std::string_view rest = all;
  while (!rest.empty()) {
    const auto end = std::min(rest.find_first_of(";,"), rest.size());
    std::string_view one = rest.substr(0, end);
    one.remove_prefix(std::min(one.find_first_not_of(' '), one.size()));
    if (one.starts_with(name) && one.size() > name.size() && one[name.size()] == '=')
      return std::string(one.substr(name.size() + 1));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return {};
}

std::optional<std::string> bad_path(std::string_view path) {
  if (!path.starts_with('/')) return "a path of the admin API begins with '/', as in path=%2Fmembers";
  if (path.size() > kMaxPathBytes) return "a path has at most " + std::to_string(kMaxPathBytes) + " bytes";
  const bool plain = std::all_of(path.begin(), path.end(), [](unsigned char c) { return c > ' ' && c < 0x7f; });
  if (!plain) return std::string("a path has no spaces and no control characters; it is percent-encoded once more");
  return std::nullopt;
}

bool is_act(std::string_view path) {
  if (bad_path(path)) return false;
  const auto parts = parts_of(path);
  if (parts.size() == 2) {
    return (parts[0] == "quarantine" && parts[1] == "clear") || (parts[0] == "tree" && parts[1] == "restart") ||
           (parts[0] == "partitions" && parts[1] == "rebalance");
  }
  if (parts.size() == 3) {
    return (parts[0] == "members" && is_one_of(parts[2], {"drain", "serve"})) ||
           (parts[0] == "breakers" && is_one_of(parts[2], {"open", "reset"})) ||
           (parts[0] == "partitions" && parts[2] == "move");
  }
  return parts.size() == 5 && parts[0] == "actors" && parts[3] == "dead-letters" &&
         is_one_of(parts[4], {"retry", "drop"});
}

}  // namespace troupe::dashboard
