// Which limits a request has to pass, and what those are told who are past one. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gateway/gateway.h"
#include "gateway/rate_limiter.h"
#include "gateway/route_table.h"

namespace troupe::gateway {

// Before anybody knows who asks.
[[nodiscard]] std::vector<RateLimiter::Ask> asks_of_address(const RateLimits& limits, const http::Request& request);
// `route`: null where the host answers by itself.
[[nodiscard]] std::vector<RateLimiter::Ask> asks_of_caller(const RateLimits& limits, const Route* route,
                                                           const http::Request& request, const Caller& asks);
// 429, with the fields of draft-ietf-httpapi-ratelimit-headers.
[[nodiscard]] http::Response too_many(const RateLimiter::Denial& denial, std::string_view trace_id);
// Empty: they can be; else which cannot, and why.
[[nodiscard]] std::string why_not(const RateLimits& limits);

}  // namespace troupe::gateway
