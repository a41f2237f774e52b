// Who may see a dashboard, and what may be ordered through it. A browser carries requests of any page that its user
// opens, so that an address of this machine alone keeps nobody out: the Host that a request names has to be one that no
// stranger can point at this machine, and what a page of another origin sends is refused. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/http/request.h"

namespace troupe::dashboard {

// "127.0.0.1", "::1" and the like; not "0.0.0.0".
[[nodiscard]] bool is_loopback(std::string_view address);
// Whether `host` ("[::1]:8080", "shop.example") is an address, localhost, or one of `names`. What a name of a stranger
// resolves to is the stranger's to choose.
[[nodiscard]] bool host_is_known(std::string_view host, const std::vector<std::string>& names);
// Why this request comes from a page of another origin; nothing: it does not, as far as its fields say.
[[nodiscard]] std::optional<std::string> foreign(const http::Request& request);
// Without telling by its time how much of it was right.
[[nodiscard]] bool same_secret(std::string_view given, std::string_view wanted) noexcept;
// The token of "Authorization: Bearer ...", empty if there is none.
[[nodiscard]] std::string_view bearer_of(const http::Request& request);
[[nodiscard]] std::string cookie_of(const http::Request& request, std::string_view name);

// Why it cannot be asked of a node; nothing: it can.
[[nodiscard]] std::optional<std::string> bad_path(std::string_view path);
// Whether a POST to this path of the admin API is among what dashboards may order.
[[nodiscard]] bool is_act(std::string_view path);

}  // namespace troupe::dashboard
