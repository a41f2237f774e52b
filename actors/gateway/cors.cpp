#include "gateway/cors.h"

#include <algorithm>

#include "gateway/problem.h"

namespace troupe::gateway {

Result<void> check(const Cors& cors) {
  for (const std::string& origin : cors.origins) {
    if (origin == "*") {
      if (cors.credentials)
        return Error(
            ErrorKind::invalid,
            "Cors::credentials with the origin \"*\" would let every page act as its reader; name the origins");
      continue;
    }
    const auto scheme = origin.find("://");
    const bool bare = scheme != origin.npos && scheme > 0 && origin.size() > scheme + 3 &&
                      origin.find('/', scheme + 3) == origin.npos;
    if (!bare || !http::is_field_value(origin))
      return Error(ErrorKind::invalid,
                   "Cors::origins has \"" + origin +
                       "\"; an origin is a scheme, a host and perhaps a port: \"https://shop.example\"");
  }
  if (cors.max_age < std::chrono::seconds(0)) return Error(ErrorKind::invalid, "Cors::max_age is less than nothing");
  return {};
}

std::string allowed_origin(const Cors& cors, const http::Request& request) {
  const auto origin = request.headers.find("Origin");
  if (!origin || cors.origins.empty()) return {};
  if (std::find(cors.origins.begin(), cors.origins.end(), *origin) != cors.origins.end()) return std::string(*origin);
  return std::find(cors.origins.begin(), cors.origins.end(), "*") != cors.origins.end() ? "*" : "";
}

http::Headers cors_fields(const Cors& cors, const std::string& origin) {
  http::Headers fields;
  if (cors.origins.empty()) return fields;
  fields.add("Vary", "Origin");
  if (origin.empty()) return fields;
  fields.add("Access-Control-Allow-Origin", origin);
  fields.add("Access-Control-Expose-Headers", "Location, ETag, Retry-After, Deprecation, Sunset");
  if (cors.credentials) fields.add("Access-Control-Allow-Credentials", "true");
  return fields;
}

http::Response options_of(const Cors& cors, const http::Request& request, const std::string& origin,
                          const std::string& allowed) {
  if (allowed.empty() && request.target.path != "*") return problem(404, "there is nothing at " + request.target.path);
  http::Response response{.status = 204};
  response.headers.add("Allow", allowed.empty() ? "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS" : allowed);
  if (origin.empty() || !request.headers.has("Access-Control-Request-Method")) return response;
  response.headers.add("Access-Control-Allow-Methods", allowed);
  response.headers.add("Access-Control-Allow-Headers",
                       "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, traceparent");
  response.headers.add("Access-Control-Max-Age", std::to_string(cors.max_age.count()));
  return response;
}

}  // namespace troupe::gateway
