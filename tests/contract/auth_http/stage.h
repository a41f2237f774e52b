// A node with an issuer, its endpoints on a gateway, a route behind it, and browsers and programs that come to it.
#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "auth/http/callers.h"
#include "auth/http/endpoints.h"
#include "auth/http/form_body.h"
#include "auth/password.h"
#include "front.capnp.troupe.h"
#include "support/scratch_directory.h"
#include "unit/auth/member.h"
#include "unit/http/raw_client.h"

namespace web_test {

using namespace std::chrono_literals;
using namespace troupe;
using namespace troupe::auth;
using Pairs = std::vector<std::pair<std::string, std::string>>;
using nlohmann::json;

inline const std::string kMachineSecret = "machine-secret-of-tests";
inline const std::string kVerifier = "a-verifier-that-is-long-enough-for-pkce-0123456789";

[[nodiscard]] std::string challenge_of(const std::string& verifier);
[[nodiscard]] std::string form(const Pairs& pairs);
[[nodiscard]] std::string basic(const std::string& id, const std::string& secret);

struct StageOptions {
  web::EndpointOptions endpoints{.log_in_client = "app", .log_in_page = "/login.html"};
  gateway::GatewayOptions gateway{};
  std::vector<web::OutsideIssuer> others{};
  Attempts per_user{10, std::chrono::seconds(6)};
  std::string audience = "shop";
  std::vector<std::string> redirects{"https://web.test/back"};  // of the client "web"
};

class Stage {
 public:
  explicit Stage(StageOptions options = {});
  ~Stage();

  void join(const std::string& user, const std::string& password, const std::vector<std::string>& roles = {"shopper"});
  // On a connection of its own.
  [[nodiscard]] http::Answer ask(const std::string& verb, const std::string& target, const std::string& headers = "",
                                 const std::string& body = "");
  [[nodiscard]] http::Answer post_form(const std::string& target, const Pairs& pairs, const std::string& headers = "");
  [[nodiscard]] http::Answer post_json(const std::string& target, const json& body, const std::string& headers = "");
  [[nodiscard]] http::Answer me(const std::string& token) {
    return ask("GET", "/me", "Authorization: Bearer " + token + "\r\n");
  }
  // A good answer of /oauth/token.
  [[nodiscard]] json tokens(const Pairs& pairs, const std::string& headers = "");
  [[nodiscard]] json log_in(const std::string& user, const std::string& password) {
    return tokens({{"grant_type", "password"}, {"client_id", "app"}, {"username", user}, {"password", password}});
  }

  [[nodiscard]] Node& node() { return *node_; }
  [[nodiscard]] const Issuer& issuer() const { return *issuer_; }
  [[nodiscard]] const web::Endpoints& endpoints() const { return *endpoints_; }
  [[nodiscard]] gateway::Gateway& gateway() { return *gateway_; }

 private:
  testing::ScratchDirectory directory_;
  std::unique_ptr<Issuer> issuer_;
  std::unique_ptr<Node> node_;
  std::unique_ptr<web::Endpoints> endpoints_;
  std::unique_ptr<gateway::Gateway> gateway_;
};

// Keeps cookies, says where its posts come from, and follows no redirect by itself.
class Browser {
 public:
  explicit Browser(Stage& stage) : stage_(stage) {}

  http::Answer get(const std::string& target, const std::string& headers = "");
  http::Answer post(const std::string& target, const Pairs& pairs);
  http::Answer post_json(const std::string& target, const json& body);
  // From the page of a log-in, as its script asks for it.
  std::string form_token();
  http::Answer log_in(const std::string& user, const std::string& password, const std::string& return_to = "");

  [[nodiscard]] const Pairs& cookies() const { return cookies_; }
  [[nodiscard]] std::string cookie(const std::string& name) const;
  void set_cookie(const std::string& name, const std::string& value);
  std::string origin = "http://front";  // of its pages; empty: it says nothing of it
  std::string site = "same-origin";

 private:
  [[nodiscard]] std::string headers() const;
  http::Answer kept(http::Answer answer);

  Stage& stage_;
  Pairs cookies_;
};

// What a client asks /oauth/authorize for.
[[nodiscard]] Pairs code_request(const Pairs& more = {});
// A parameter of the address that a redirect leads to.
[[nodiscard]] std::string in_location(const http::Answer& answer, const std::string& name);

}  // namespace web_test
