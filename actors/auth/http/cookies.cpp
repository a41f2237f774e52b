#include "auth/http/cookies.h"

#include <algorithm>

#include "auth/encoding.h"
#include "auth/http/limits.h"

namespace troupe::auth::web {
namespace {

std::string_view trimmed(std::string_view text) noexcept {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  return text;
}

// How often the field is there; `value`: of the last.
std::size_t count(const http::Request& request, std::string_view name, std::string_view& value) {
  std::size_t fields = 0;
  for (std::size_t i = 0; i < request.headers.size(); ++i) {
    if (!http::same_name(request.headers[i].name, name)) continue;
    value = request.headers[i].value;
    ++fields;
  }
  return fields;
}

}  // namespace

Result<std::string> cookie_of(const http::Request& request, std::string_view name) {
  std::string found;
  bool seen = false;
  for (std::size_t i = 0; i < request.headers.size(); ++i) {
    if (!http::same_name(request.headers[i].name, "Cookie")) continue;
    std::string_view rest = request.headers[i].value;
    while (!rest.empty()) {
      const auto end = std::min(rest.find(';'), rest.size());
      const std::string_view one = trimmed(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
      const auto equals = one.find('=');
      if (equals == one.npos || trimmed(one.substr(0, equals)) != name) continue;
      if (seen)
        return Error(ErrorKind::invalid,
                     "the cookie " + std::string(name) + " is there twice; remove this site's cookies");
      seen = true;
      found = trimmed(one.substr(equals + 1));
    }
  }
  return found;
}

std::string set_cookie(const Cookie& cookie) {
  std::string out = cookie.name + '=' + cookie.value + "; Path=/; HttpOnly; SameSite=Lax";
  if (cookie.secure) out += "; Secure";
  if (cookie.life.count() != 0) out += "; Max-Age=" + std::to_string(std::max<long long>(0, cookie.life.count()));
  return out;
}

bool is_from_own_page(const http::Request& request, std::string_view own) {
  std::string_view site, origin;
  const std::size_t sites = count(request, "Sec-Fetch-Site", site), origins = count(request, "Origin", origin);
  if (sites > 1 || origins > 1) return false;
  if (sites == 1 && site != "same-origin") return false;
  if (origins == 0) return true;
  // Forms of pages with `Referrer-Policy: no-referrer` come so; then the other field has to say whose they are.
  if (origin == "null") return sites == 1;
  if (!own.empty()) return origin == own;
  const auto host = origin.find("://");
  return host != origin.npos && !request.host.empty() && http::same_name(origin.substr(host + 3), request.host);
}

std::string form_token(std::string_view cookie_value) {
  return to_base64url(sha256("troupe form token\n" + std::string(cookie_value)));
}

bool is_local_path(std::string_view text) noexcept {
  if (text.empty() || text.size() > kMaxReturnBytes || text[0] != '/' || text.starts_with("//")) return false;
  // Browsers take a backslash for a slash, and leave out what controls.
  return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f && c != '\\'; });
}

}  // namespace troupe::auth::web
