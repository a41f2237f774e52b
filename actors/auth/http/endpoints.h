// An issuer of tokens over HTTP, on a gateway: its endpoints, log-ins of browsers, and log-ins of programs.
//
//   auth::web::Endpoints endpoints(node, issuer, {.log_in_client = "app", .log_in_page = "/login.html"});
//   endpoints.host();            // before the node's start(), on every node that owns actors
//   endpoints.serve(gateway);    // before the gateway's
//
// README.md has what each of them takes and gives.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "auth/issuer.h"
#include "gateway/gateway.h"

namespace troupe::auth::web {

struct EndpointOptions {
  std::string prefix = "/oauth";  // of token, revoke, authorize, login and logout; "" is the root
  // How pages and programs reach this gateway: "https://shop.example". Empty: as each request says, by its Host.
  std::string public_url{};

  std::string log_in_path = "/login";  // for programs that send {"name": ..., "password": ...}
  std::string log_in_client{};         // the client whose tokens it gives, with the grant password; empty: not served

  std::string log_in_page{};  // of the host's, a path here: "/login.html"; empty: browsers do not log in here
  std::string after_log_in = "/";
  std::string after_log_out = "/";
  std::chrono::seconds session_life{12 * 3600};  // of a log-in of a browser, however often it is used
  std::chrono::seconds session_idle{2 * 3600};   // unless it is used

  // Whose attempts are counted together; empty: the address that the request comes from, GatewayOptions::proxies seen
  // through. What a header says is worth as much as who can write it.
  std::function<std::string(const http::Request&)> client_address{};
};

struct Desk;

class Endpoints {
 public:
  // Throws `invalid`, naming the option, for one that cannot be. The node outlives what serve() was given.
  Endpoints(Node& node, Issuer issuer, EndpointOptions options = {});

  // What keeps the log-ins of browsers. Before the node's start(), the same on every node that owns actors.
  void host() const;
  static void host(Node& node);
  // Throws as Gateway::serve().
  void serve(gateway::Gateway& gateway) const;

  // Ends all log-ins of a user in browsers: their password is another now, or they are no more. Blocks; throws the
  // Error of the call. Within a turn: session_place().
  void end_sessions(std::string_view user, Nanoseconds timeout = std::chrono::seconds(10)) const;

 private:
  std::shared_ptr<const Desk> desk_;
};

// Where the log-ins of a user in browsers are kept, for a turn that ends them with its commit:
//
//   const auto at = auth::web::session_place(issuer, user);
//   ref<auth::web::BrowserSessions>(at.actor).send_endAll([&](auto p) { p.setPlace(at.place); });
struct SessionPlace {
  std::string actor;
  std::string place;
};
[[nodiscard]] SessionPlace session_place(std::string_view issuer, std::string_view user);

}  // namespace troupe::auth::web
