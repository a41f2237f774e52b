// Cookies (RFC 6265), and what keeps forms from being sent by pages of others. Pure; any thread.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "gateway/http/request.h"
#include "troupe/error.h"

namespace troupe::auth::web {

// Empty: it is not there. `invalid`: it is there twice, as when somebody sets one from a neighbouring host.
[[nodiscard]] Result<std::string> cookie_of(const http::Request& request, std::string_view name);

struct Cookie {
  std::string name;   // with the prefix "__Host-" where it is secure
  std::string value;  // of letters, digits, '-', '_' and '.'
  bool secure = false;
  std::chrono::seconds life{0};  // 0: until the browser ends; less: it goes now
};
// The field Set-Cookie: for this host alone, out of reach of scripts, not sent along by pages of others but where they
// lead here.
[[nodiscard]] std::string set_cookie(const Cookie& cookie);

// Whether a browser sends it for a page of this very origin, as far as it says so: `Origin` and `Sec-Fetch-Site`.
// `own`: "https://shop.example"; empty: whatever host the request is for.
[[nodiscard]] bool is_from_own_page(const http::Request& request, std::string_view own);

// What a form sends back to show that its page could read what only pages of this origin can: made of a cookie.
[[nodiscard]] std::string form_token(std::string_view cookie_value);

// Whether a browser may be sent there: a path on this host, that no browser takes for another host's.
[[nodiscard]] bool is_local_path(std::string_view text) noexcept;

}  // namespace troupe::auth::web
