// The Fetch standard's CORS: which pages of other origins may read what the gateway answers. Pure.
#pragma once

#include <string>

#include "gateway/gateway.h"

namespace troupe::gateway {

[[nodiscard]] Result<void> check(const Cors& cors);
// The request's origin where it may call, "*" where all may, else nothing.
[[nodiscard]] std::string allowed_origin(const Cors& cors, const http::Request& request);
// What an answer to a request of that origin gets besides.
[[nodiscard]] http::Headers cors_fields(const Cors& cors, const std::string& origin);
// To OPTIONS: which verbs the path takes (empty: 404), and what a browser asks ahead.
[[nodiscard]] http::Response options_of(const Cors& cors, const http::Request& request, const std::string& origin,
                                        const std::string& allowed);

}  // namespace troupe::gateway
