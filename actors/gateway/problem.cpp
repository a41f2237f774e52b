#include "gateway/problem.h"

#include <chrono>

#include "gateway/json_shape.h"

namespace troupe::gateway {
namespace {

class Body {
 public:
  explicit Body(int status) {
    text("title", http::reason(status));
    out_ += ",\"status\":" + std::to_string(status);
  }
  Body& text(std::string_view name, std::string_view value) {
    if (value.empty()) return *this;
    out_ += out_.size() == 1 ? "\"" : ",\"";
    out_ += name;
    out_ += "\":";
    write_json_text(value, out_);
    return *this;
  }
  [[nodiscard]] std::string end() && { return std::move(out_) + "}"; }

 private:
  std::string out_ = "{";
};

http::Response made(int status, Body body) {
  http::Response response{.status = status, .body = std::move(body).end()};
  response.headers.add("Content-Type", "application/problem+json");
  response.headers.add("Cache-Control", "no-store");
  return response;
}

}  // namespace

http::Response problem(const Error& error, std::string_view trace_id) {
  const int status = http_status(error.kind());
  http::Response response = made(status, std::move(Body(status)
                                                       .text("kind", to_string(error.kind()))
                                                       .text("code", error.code())
                                                       .text("detail", error.message())
                                                       .text("traceId", trace_id)));
  if (error.kind() == ErrorKind::unauthenticated) response.headers.add("WWW-Authenticate", "Bearer");
  if (error.kind() == ErrorKind::overloaded || error.kind() == ErrorKind::unavailable) {
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(error.retry_after()).count();
    response.headers.add("Retry-After", std::to_string(seconds < 1 ? 1 : seconds));
  }
  return response;
}

http::Response problem(int status, std::string_view detail, std::string_view trace_id) {
  return made(status, std::move(Body(status).text("detail", detail).text("traceId", trace_id)));
}

http::Response not_taken(const http::Request& request, std::string_view allowed, std::string_view trace_id) {
  auto response = problem(
      405, request.method + " is none of what " + request.target.path + " takes: " + std::string(allowed), trace_id);
  response.headers.add("Allow", allowed);
  return response;
}

}  // namespace troupe::gateway
