#include "gateway/rate_checks.h"

#include <algorithm>

#include "gateway/client_address.h"
#include "gateway/once.h"
#include "gateway/problem.h"

namespace troupe::gateway {

std::vector<RateLimiter::Ask> asks_of_address(const RateLimits& limits, const http::Request& request) {
  std::vector<RateLimiter::Ask> out;
  if (limits.per_address.limits()) out.push_back({"address", client_of(request.peer.address), limits.per_address});
  return out;
}

std::vector<RateLimiter::Ask> asks_of_caller(const RateLimits& limits, const Route* route, const http::Request& request,
                                             const Caller& asks) {
  std::vector<RateLimiter::Ask> out;
  if (limits.per_caller.limits() && asks.known()) out.push_back({"caller", asks.name, limits.per_caller});
  if (route && route->limit.limits()) {
    const std::string who = asks.known() ? "caller " + asks.name : "address " + client_of(request.peer.address);
    out.push_back({"route", route->name() + " " + who, route->limit});
  }
  return out;
}

http::Response too_many(const RateLimiter::Denial& denial, std::string_view trace_id) {
  const RateLimit& limit = denial.ask.limit;
  const auto seconds =
      std::to_string(std::max<std::int64_t>(1, std::chrono::ceil<std::chrono::seconds>(denial.retry_after).count()));
  const std::string policy = std::string("\"") + denial.ask.what + "\"", quota = std::to_string(limit.holds());
  const std::uint64_t window = (std::uint64_t{limit.holds()} * 60 + limit.per_minute - 1) / limit.per_minute;
  http::Response out =
      problem(429,
              std::string("too many requests of this ") + denial.ask.what + ": " + std::to_string(limit.per_minute) +
                  " a minute and " + quota + " at once are taken; try again in " + seconds + " s",
              trace_id);
  out.headers.add("Retry-After", seconds);
  out.headers.add("RateLimit-Policy", policy + ";q=" + quota + ";w=" + std::to_string(window));
  out.headers.add("RateLimit", policy + ";r=0;t=" + seconds);
  return out;
}

std::string why_not(const RateLimits& limits) {
  const auto why = [](const char* name, const RateLimit& limit) -> std::string {
    if (limit.per_minute <= kMaxPerMinute && limit.burst <= kMaxBurst && (limit.limits() || limit.burst == 0))
      return {};
    return std::string("limits.") + name + " is " + std::to_string(limit.per_minute) + " a minute and " +
           std::to_string(limit.burst) + " at once; 1 to " + std::to_string(kMaxPerMinute) + " and up to " +
           std::to_string(kMaxBurst) + " are possible, or 0 and 0 for none";
  };
  const std::string address = why("per_address", limits.per_address);
  return address.empty() ? why("per_caller", limits.per_caller) : address;
}

}  // namespace troupe::gateway
