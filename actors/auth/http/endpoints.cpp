#include "auth/http/endpoints.h"

#include <algorithm>
#include <utility>

#include "auth/encoding.h"
#include "auth/http/desk.h"
#include "auth/http/limits.h"
#include "auth/http/sessions.h"
#include "auth/http/web_address.h"
#include "auth/sweeping.h"

namespace troupe::auth::web {
namespace {

constexpr std::size_t kPlaceBytes = 16;

[[noreturn]] void refuse(const std::string& why) {
  throw Error(ErrorKind::invalid, "the endpoints of an issuer of tokens: " + why);
}

void check_path(const char* option, const std::string& path) {
  if (!is_local_path(path) || path.find('#') != path.npos)
    refuse(std::string(option) + " is \"" + path + "\", which is no path here: it begins with one '/'");
}

void check_client_of(const Issuer& issuer, const EndpointOptions& options) {
  if (options.log_in_client.empty()) return;
  const ClientConfig* client = find_client(issuer.config(), options.log_in_client);
  if (!client) refuse("log_in_client is '" + options.log_in_client + "', which is no client of the issuer's");
  if (!may(*client, Grant::password) || !client->secret_hash.empty())
    refuse("log_in_client is '" + options.log_in_client +
           "', which must be a client without secret, with the grant password");
  check_path("log_in_path", options.log_in_path);
}

void check_times(const EndpointOptions& options) {
  for (const auto time : {options.session_life, options.session_idle})
    if (time.count() < 1 || time > kMaxSessionLife)
      refuse("session_life and session_idle are 1 to " + std::to_string(kMaxSessionLife.count()) + " s, not " +
             std::to_string(time.count()));
}

std::shared_ptr<const Desk> made(Node& node, Issuer issuer, EndpointOptions options) {
  if (!options.prefix.empty()) {
    check_path("prefix", options.prefix);
    if (options.prefix.ends_with('/')) refuse("prefix ends with '/'");
  }
  check_client_of(issuer, options);
  if (!options.log_in_page.empty()) {
    check_path("log_in_page", options.log_in_page);
    check_path("after_log_in", options.after_log_in);
    check_path("after_log_out", options.after_log_out);
    check_times(options);
    if (!issuer.verifies_users()) refuse("log_in_page is given, and nothing verifies users (Users::verify)");
  }
  std::string origin;
  bool secure = false;
  if (!options.public_url.empty()) {
    auto address = read_address(options.public_url);
    if (!address) refuse("public_url: " + address.error().message());
    if (address->target != "/" || options.public_url.ends_with('/'))
      refuse("public_url is \"" + options.public_url + "\"; it is a scheme, a host and perhaps a port");
    origin = address->origin();
    secure = address->secure;
  }
  return std::make_shared<const Desk>(Desk{node, std::move(issuer), std::move(options), std::move(origin), secure});
}

}  // namespace

// --- Desk ---

std::string Desk::base(const http::Request& request) const {
  if (!own_origin.empty()) return own_origin;
  return (request.secure ? "https://" : "http://") + request.host;
}

std::string Desk::session_cookie(const http::Request& request) const {
  return is_secure(request) ? "__Host-troupe_session" : "troupe_session";
}

std::string Desk::form_cookie(const http::Request& request) const {
  return is_secure(request) ? "__Host-troupe_form" : "troupe_form";
}

// --- Endpoints ---

Endpoints::Endpoints(Node& node, Issuer issuer, EndpointOptions options)
    : desk_(made(node, std::move(issuer), std::move(options))) {}

void Endpoints::host() const { host(desk_->node); }
void Endpoints::host(Node& node) { node.host<BrowserSessionsRole>(); }

void Endpoints::serve(gateway::Gateway& gateway) const {
  serve_tokens(desk_, gateway);
  serve_browsers(desk_, gateway);
  serve_programs(desk_, gateway);
}

void Endpoints::end_sessions(std::string_view user, Nanoseconds timeout) const {
  const SessionPlace at = session_place(desk_->issuer.config().issuer, user);
  (void)desk_->node.ref<BrowserSessions>(at.actor).endAll([&](auto p) { p.setPlace(at.place); }).get(timeout);
}

SessionPlace session_place(std::string_view issuer, std::string_view user) {
  const std::string whose = "browser\n" + std::string(issuer) + '\n' + std::string(user);
  std::string place = to_base64url(sha256(whose).substr(0, kPlaceBytes));
  return {std::string(shard_of(place)), place};
}

}  // namespace troupe::auth::web
