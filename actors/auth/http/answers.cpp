#include <chrono>
#include <nlohmann/json.hpp>

#include "auth/http/desk.h"
#include "auth/words.h"
#include "troupe/http_route.h"

namespace troupe::auth::web {
namespace {

void add_retry_after(http::Response& response, std::uint64_t ms) {
  if (ms > 0) response.headers.set("Retry-After", std::to_string((ms + 999) / 1'000));
}

bool is_busy(const Error& error) {
  return error.kind() == ErrorKind::unavailable || error.kind() == ErrorKind::overloaded ||
         error.kind() == ErrorKind::deadline;
}

std::uint64_t wait_ms(const Error& error) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(1'000, error.retry_after().count()));
}

}  // namespace

http::Response no_store(int status) { return {.status = status, .headers = {{"Cache-Control", "no-store"}}}; }

http::Response json_answer(int status, std::string body) {
  http::Response response = no_store(status);
  response.headers.add("Content-Type", "application/json");
  response.body = std::move(body);
  response.compress = false;  // a secret beside what a stranger chose must not change the length
  return response;
}

http::Response see_other(std::string location) {
  http::Response response = no_store(303);
  response.headers.add("Location", location);
  return response;
}

http::Response told(TokenAnswer::Reader answer) {
  http::Response response = answer.getBody().size() > 0 ? json_answer(answer.getStatus(), text_of(answer.getBody()))
                                                        : no_store(answer.getStatus());
  if (answer.getAuthenticate().size() > 0) response.headers.add("WWW-Authenticate", text_of(answer.getAuthenticate()));
  if (answer.getLocation().size() > 0) response.headers.add("Location", text_of(answer.getLocation()));
  add_retry_after(response, answer.getRetryAfterMs());
  return response;
}

http::Response oauth_error(int status, std::string_view code, std::string_view description) {
  return json_answer(status, nlohmann::json{{"error", code}, {"error_description", description}}.dump());
}

http::Response oauth_failure(const Error& error) {
  if (!is_busy(error)) return oauth_error(500, "server_error", "the issuer failed; try again");
  auto response = oauth_error(503, "temporarily_unavailable", "the issuer is busy or not reachable; try again");
  add_retry_after(response, wait_ms(error));
  return response;
}

http::Response problem_answer(int status, std::string_view code, std::string_view detail) {
  auto response = json_answer(
      status,
      nlohmann::json{{"title", http::reason(status)}, {"status", status}, {"code", code}, {"detail", detail}}.dump());
  response.headers.set("Content-Type", "application/problem+json");
  return response;
}

http::Response problem_failure(const Error& error) {
  if (!is_busy(error)) return problem_answer(500, "failed", "the log-in failed; try again");
  auto response = problem_answer(503, "busy", "the issuer is busy or not reachable; try again");
  add_retry_after(response, wait_ms(error));
  return response;
}

http::Response held_back(std::uint64_t retry_after_ms) {
  auto response = problem_answer(429, "too_many_attempts", "too many attempts; wait before the next one");
  add_retry_after(response, retry_after_ms);
  return response;
}

}  // namespace troupe::auth::web
