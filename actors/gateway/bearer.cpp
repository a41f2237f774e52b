#include "gateway/bearer.h"

#include <algorithm>
#include <utility>

namespace troupe::gateway {
namespace {

// RFC 6750's b64token.
bool is_token(std::string_view text) {
  const auto end = text.find_last_not_of('=');
  if (text.empty() || end == text.npos) return false;
  return std::all_of(text.begin(), text.begin() + static_cast<long>(end) + 1, [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           std::string_view("-._~+/").find(c) != std::string_view::npos;
  });
}

Error refused(const char* why) {
  return Error(ErrorKind::unauthenticated, std::string("the header Authorization ") + why);
}

// Empty: there is none.
Result<std::string_view> token_of(const http::Request& request) {
  std::string_view given;
  std::size_t headers = 0;
  for (std::size_t i = 0; i < request.headers.size(); ++i)
    if (http::same_name(request.headers[i].name, "Authorization")) given = request.headers[i].value, ++headers;
  if (headers == 0) return std::string_view();
  if (headers > 1) return refused("is there more than once");
  const auto space = given.find(' ');
  if (space == given.npos || !http::same_name(given.substr(0, space), "Bearer")) return refused("is no bearer token");
  given.remove_prefix(std::min(given.find_first_not_of(' ', space), given.size()));
  if (!is_token(given)) return refused("has no token, or one with characters that no token has");
  return given;
}

}  // namespace

Authenticate bearer(CheckToken check) {
  if (!check) throw Error(ErrorKind::invalid, "gateway::bearer() was given an empty function");
  return [check = std::move(check)](const http::Request& request) -> Result<Caller> {
    auto token = token_of(request);
    if (!token) return token.error();
    return token->empty() ? Caller() : check(*token);
  };
}

AuthenticatePatiently bearer_patiently(CheckTokenPatiently check) {
  if (!check) throw Error(ErrorKind::invalid, "gateway::bearer_patiently() was given an empty function");
  return [check = std::move(check)](const http::Request& request, bool may_wait) -> std::optional<Result<Caller>> {
    auto token = token_of(request);
    if (!token) return token.error();
    if (token->empty()) return Caller();
    return check(*token, may_wait);
  };
}

}  // namespace troupe::gateway
