// What the handlers of an issuer's endpoints share, and how they answer. Any thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "auth/http/cookies.h"
#include "auth/http/endpoints.h"
#include "auth/http/form_body.h"
#include "auth/http/sessions.capnp.troupe.h"
#include "auth/tokens.capnp.troupe.h"

namespace troupe::auth::web {

struct Desk {
  Node& node;
  const Issuer issuer;
  const EndpointOptions options;
  std::string own_origin;  // of public_url; empty: it has none
  bool always_secure = false;

  [[nodiscard]] std::string address(const http::Request& request) const {
    return options.client_address ? options.client_address(request) : request.peer.address;
  }
  [[nodiscard]] bool is_secure(const http::Request& request) const noexcept { return always_secure || request.secure; }
  // "https://shop.example", by the options or as the request says.
  [[nodiscard]] std::string base(const http::Request& request) const;
  [[nodiscard]] std::string session_cookie(const http::Request& request) const;
  [[nodiscard]] std::string form_cookie(const http::Request& request) const;
};
using DeskPointer = std::shared_ptr<const Desk>;

// Each serves its part. In token_pages.cpp, browser_pages.cpp, program_page.cpp.
void serve_tokens(const DeskPointer& desk, gateway::Gateway& gateway);
void serve_browsers(const DeskPointer& desk, gateway::Gateway& gateway);
void serve_programs(const DeskPointer& desk, gateway::Gateway& gateway);

// An answer without a body that nobody keeps.
[[nodiscard]] http::Response no_store(int status);
[[nodiscard]] http::Response json_answer(int status, std::string body);
[[nodiscard]] http::Response see_other(std::string location);
// As the issuer gave it.
[[nodiscard]] http::Response told(TokenAnswer::Reader answer);
// RFC 6749, 5.2.
[[nodiscard]] http::Response oauth_error(int status, std::string_view code, std::string_view description);
// For a call that ended with an error.
[[nodiscard]] http::Response oauth_failure(const Error& error);
// Of a page or a program that is no client of OAuth: application/problem+json.
[[nodiscard]] http::Response problem_answer(int status, std::string_view code, std::string_view detail);
[[nodiscard]] http::Response problem_failure(const Error& error);
[[nodiscard]] http::Response held_back(std::uint64_t retry_after_ms);

// Fills the parameters of a call of TokenEndpoint.
template <class Params>
void fill_parameters(Params params, const FormBody& form) {
  auto list = params.initParameters(static_cast<unsigned>(form.pairs().size()));
  for (unsigned i = 0; i < list.size(); ++i) {
    list[i].setName(form.pairs()[i].name);
    list[i].setValue(form.pairs()[i].value);
  }
}

}  // namespace troupe::auth::web
